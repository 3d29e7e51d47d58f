#![expect(
    clippy::single_range_in_vec_init,
    reason = "one match is a list of one range"
)]

use std::{fmt::Write as _, ops::Range, time::Instant};

use proptest::prelude::*;
use protocol::window::Style;

use super::*;

const ALL: usize = 1 << 30;

/// A line, what matches in it, and what is expected.
type Matched<'a, T> = (&'a [u8], &'a [Range<usize>], T);

/// The text with its spans written around it: `<style hex|text>`.
fn drawn(shown: &Shown) -> String {
    let mut out = String::new();
    let mut at = 0;
    for span in &shown.spans {
        let start = usize::try_from(span.start).unwrap();
        let end = usize::try_from(span.end).unwrap();
        out.push_str(&shown.text[at..start]);
        write!(out, "<{:x}|{}>", span.style.0, &shown.text[start..end]).unwrap();
        at = end;
    }
    out + &shown.text[at..]
}

#[track_caller]
fn check(table: &[(&[u8], &str)]) {
    for (line, expected) in table {
        let shown = display(line, &[], ALL);
        assert_eq!(drawn(&shown), *expected, "{}", line.escape_ascii());
        assert_eq!(shown.omitted, 0, "{}", line.escape_ascii());
    }
}

#[test]
fn bytes_that_are_not_utf8_become_replacement_characters() {
    check(&[
        (b"plain", "plain"),
        (b"", ""),
        ("Zoë 李雷 🦀".as_bytes(), "Zoë 李雷 🦀"),
        (b"a\xffb", "a\u{fffd}b"),
        (b"\xc3A", "\u{fffd}A"),
        // One for each maximal part: a cut four-byte character is one of them.
        (
            b"\xf0\x9f\xa6|\xe2\x82|\x80\x80",
            "\u{fffd}|\u{fffd}|\u{fffd}\u{fffd}",
        ),
        (b"\xc3\x1b[1mx", "\u{fffd}<2|x>"),
    ]);
}

#[test]
fn control_characters_are_shown_as_pictures() {
    check(&[
        (b"a\0b\x07\x7f", "a␀b␇␡"),
        (b"a\tb", "a\tb"),
        (b"10%\r20%\r", "10%␍20%"),
        (b"end\r\n", "end"),
        (b"two\r\r\n", "two␍"),
        (b"one\ntwo\n", "one␊two"),
        ("a\u{85}b\u{9b}31mc".as_bytes(), "a⟨U+0085⟩b⟨U+009B⟩31mc"),
    ]);
}

#[test]
fn what_reorders_text_is_shown_as_a_token() {
    check(&[
        ("a\u{202e}cba".as_bytes(), "a⟨RLO⟩cba"),
        ("\u{2066}x\u{2069}".as_bytes(), "⟨LRI⟩x⟨PDI⟩"),
        ("a\u{2029}b".as_bytes(), "a⟨PS⟩b"),
        // Letters that are written from right to left need no help.
        ("שלום".as_bytes(), "שלום"),
    ]);
}

#[test]
fn colours_become_spans() {
    check(&[
        (b"\x1b[31mred\x1b[0m", "<200|red>"),
        (b"\x1b[1;4;31mx\x1b[22;39my\x1b[my", "<212|x><10|y>y"),
        (
            b"\x1b[2m\x1b[3m\x1b[7m\x1b[9mx\x1b[29;27;23;22my",
            "<6c|x>y",
        ),
        (b"\x1b[97;101mx", "<a1000|x>"),
        // 256 colours, in both forms; the cube and the greys.
        (b"\x1b[38;5;9mx\x1b[48:5:1my", "<a00|x><20a00|y>"),
        (
            b"\x1b[38;5;196mx\x1b[38;5;16my\x1b[38;5;244mz",
            "<a00|x><100|y><900|z>",
        ),
        (
            b"\x1b[38;2;250;5;5mx\x1b[38:2::0:0:240my\x1b[38:2:0:250:0mz",
            "<a00|x><500|y><b00|z>",
        ),
        // What is no colour changes nothing; what follows still counts.
        (b"\x1b[38;5;999;1mx", "<2|x>"),
        (b"\x1b[58;5;1;3mx\x1b[4:0;8;5my", "<8|xy>"),
        (b"\x1b[38mx\x1b[38;5my\x1b[38;2;1;2mz", "xyz"),
    ]);
}

#[test]
fn other_escapes_are_dropped_with_their_payload() {
    check(&[
        (b"a\x1b[2J\x1b[10;10H\x1b[?25lb", "ab"),
        (
            b"a\x1b]0;title\x07b\x1b]8;;http://x.example\x1b\\link\x1b]8;;\x1b\\c",
            "ablinkc",
        ),
        (b"a\x1b]52;c;aGk=\x07b", "ab"),
        (
            b"a\x1bPq#0\x07~\x1b\\b\x1b_apc\x1b\\c\x1b^pm\x1b\\d\x1bXsos\x1b\\e",
            "abcde",
        ),
        (b"a\x1bktitle\x1b\\b", "ab"),
        (b"a\x1b(Bb\x1b7c\x1b=d\x1bce", "abcde"),
        (b"a\x1b[>4;1mb\x1b[1 mc", "abc"),
    ]);
}

#[test]
fn broken_escapes_are_shown_and_hide_nothing() {
    check(&[
        (b"a\x1b", "a␛"),
        (b"a\x1b[31", "a␛[31"),
        ("a\x1b[3é".as_bytes(), "a␛[3é"),
        (b"a\x1b]0;not ended", "a␛]0;not ended"),
        (b"a\x1b]0;x\x1b[1mb", "a␛]0;x<2|b>"),
        (b"a\x1bPq\x1b\x1b[1mb", "a␛Pq␛<2|b>"),
        (b"\x1b\x1b\x1b[31mx", "␛␛<200|x>"),
    ]);
}

#[test]
fn a_line_never_takes_the_style_of_another() {
    let red = display(b"\x1b[31;1mred", &[], ALL);
    assert_eq!(drawn(&red), "<202|red>");
    assert_eq!(drawn(&display(b"next", &[], ALL)), "next");
}

#[test]
fn matches_are_merged_with_colours() {
    let table: &[Matched<'_, &str>] = &[
        (b"one two", &[4..7], "one <1|two>"),
        (b"one two", &[0..3, 3..4], "<1|one >two"),
        (b"one two", &[2..2], "one two"),
        (
            b"a\x1b[31mbcd\x1b[0me",
            &[0..1, 7..8],
            "<1|a><200|b><201|c><200|d>e",
        ),
        // Across an escape, and on one that is dropped.
        (b"a\x1b[31mb\x1b[0mc", &[0..12], "<1|a><201|b><1|c>"),
        (b"a\x1b[2Jb", &[1..5], "ab"),
        // On a part of a character, of a picture, of an invalid part.
        ("éàü".as_bytes(), &[1..3], "<1|éà>ü"),
        ("éàü".as_bytes(), &[3..4], "é<1|à>ü"),
        (b"a\0b", &[1..2], "a<1|␀>b"),
        (b"\xf0\x9f\xa6z", &[1..2], "<1|\u{fffd}>z"),
        (b"ab\r\n", &[1..4], "a<1|b>"),
        (b"ab", &[1..400], "a<1|b>"),
    ];
    for (line, matches, expected) in table {
        let shown = display(line, matches, ALL);
        assert_eq!(drawn(&shown), *expected, "{}", line.escape_ascii());
    }
}

#[test]
fn a_long_line_is_cut_on_a_character_and_the_rest_is_counted() {
    let table: &[(&[u8], usize, &str, u64)] = &[
        (b"abcdef", 4, "abcd", 2),
        (b"abcd\r\n", 4, "abcd", 0),
        ("aéé".as_bytes(), 4, "aé", 2),
        (b"ab\0cd", 4, "ab", 3),
        (b"ab\xffcd", 4, "ab", 3),
        // Escapes at the end are not text, so nothing is left out.
        (b"\x1b[31mabcd\x1b[0m", 4, "<200|abcd>", 0),
        (b"\x1b[31mabcd\x1b[0me", 4, "<200|abcd>", 1),
        (b"abc", 0, "", 3),
    ];
    for (line, max, expected, omitted) in table {
        let shown = display(line, &[], *max);
        assert_eq!(drawn(&shown), *expected, "{}", line.escape_ascii());
        assert_eq!(shown.omitted, *omitted, "{}", line.escape_ascii());
    }
}

#[test]
fn a_mebibyte_of_broken_sequences_takes_linear_time() {
    let units: [&[u8]; 8] = [
        b"\x1b",
        b"\x1b[",
        b"\x1b]",
        b"\x1bP",
        b"\x1b[1;",
        b"1;",
        b"\x1b ",
        b"\x1b[31m\xff",
    ];
    for unit in units {
        let mut line = b"\x1b[".to_vec();
        line.extend(unit.repeat((1 << 20) / unit.len()));
        let start = Instant::now();
        display(&line, &[], ALL);
        // A quadratic reading would take hours; a slow machine gets its time.
        assert!(start.elapsed().as_secs() < 20, "{}", unit.escape_ascii());
    }
}

#[test]
fn the_api_gets_the_text_as_written() {
    let table: &[(&[u8], usize, &str, u64)] = &[
        (b"a\x1b[31mb\0\r\n", ALL, "a\x1b[31mb\0", 0),
        (b"a\xff\xc3b", ALL, "a\u{fffd}\u{fffd}b", 0),
        ("aéé".as_bytes(), 4, "aé", 2),
        (b"a\xffb", 3, "a", 2),
        (b"a\xffb", 4, "a\u{fffd}", 1),
    ];
    for (line, max, expected, omitted) in table {
        let found = plain(line, *max);
        assert_eq!(
            found,
            ((*expected).to_owned(), *omitted),
            "{}",
            line.escape_ascii()
        );
    }
}

#[test]
fn api_matches_are_ranges_of_the_text() {
    let table: &[Matched<'_, &[(u64, u64)]>] = &[
        (b"one two", &[4..7], &[(4, 7)]),
        (b"\xffone\xfftwo", &[1..4, 5..8], &[(3, 6), (9, 12)]),
        (b"\xff\xffab", &[0..2, 3..4], &[(0, 6), (7, 8)]),
        ("éàü".as_bytes(), &[1..3], &[(0, 4)]),
        (b"a\xffb", &[0..3], &[(0, 5)]),
        (b"ab\r\n", &[1..4, 4..4], &[(1, 2)]),
        (b"ab", &[0..0, 7..9], &[]),
    ];
    for (line, ranges, expected) in table {
        assert_eq!(
            plain_matches(line, ranges),
            *expected,
            "{}",
            line.escape_ascii()
        );
    }
}

/// Bytes in which escapes, text and rubbish are likely to meet.
fn nasty() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        "[ -~]{0,6}".prop_map(String::into_bytes),
        any::<char>().prop_map(|character| character.to_string().into_bytes()),
        "\x1b\\[[0-9;:]{0,8}m".prop_map(String::into_bytes),
        "\x1b[\\[\\]P_^Xk(7][ -~]{0,4}".prop_map(String::into_bytes),
        Just(b"\x1b\\".to_vec()),
        Just("\u{202e}".as_bytes().to_vec()),
    ];
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

fn ranges(ends: Vec<usize>) -> Vec<Range<usize>> {
    let mut ends = ends;
    ends.sort_unstable();
    ends.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect()
}

proptest! {
    #[test]
    fn any_bytes_give_valid_spans(
        line in nasty(),
        ends in prop::collection::vec(0_usize..60, 0..8),
        max in prop_oneof![Just(ALL), 0_usize..40],
    ) {
        let shown = display(&line, &ranges(ends), max);
        prop_assert!(shown.text.len() <= max);
        prop_assert!(!shown.text.chars().any(is_masked));
        let mut at = 0;
        for span in &shown.spans {
            prop_assert!(span.start >= at && span.end > span.start);
            prop_assert!(span.style != Style::default());
            at = span.end;
            let start = usize::try_from(span.start).unwrap();
            let end = usize::try_from(span.end).unwrap();
            prop_assert!(shown.text.get(start..end).is_some());
        }
        prop_assert!(max < ALL || shown.omitted == 0);
    }

    #[test]
    fn text_without_escapes_is_kept(line in "[ -~\té李]{0,40}", max in 0_usize..60) {
        let shown = display(line.as_bytes(), &[], max);
        let omitted = usize::try_from(shown.omitted).unwrap();
        prop_assert_eq!(&shown.text, &line[..line.len() - omitted]);
        prop_assert!(shown.spans.is_empty());
        prop_assert_eq!(plain(line.as_bytes(), max), (shown.text, shown.omitted));
    }

    #[test]
    fn colours_leave_the_text_alone(
        words in prop::collection::vec(("[ -~]{0,6}", "[0-9;:]{0,9}"), 0..9),
    ) {
        let mut coloured = String::new();
        for (word, sgr) in &words {
            write!(coloured, "{word}\x1b[{sgr}m").unwrap();
        }
        let bare: String = words.iter().map(|(word, _)| word.as_str()).collect();
        prop_assert_eq!(display(coloured.as_bytes(), &[], ALL).text, bare);
    }

    #[test]
    fn api_matches_lie_on_characters(
        line in nasty(),
        ends in prop::collection::vec(0_usize..60, 0..8),
        max in 0_usize..60,
    ) {
        let (text, omitted) = plain(&line, max);
        prop_assert!(text.len() <= max);
        let line = without_ending(&line);
        let taken = line.len() - usize::try_from(omitted).unwrap();
        let mut at = 0;
        for (start, end) in plain_matches(&line[..taken], &ranges(ends)) {
            prop_assert!(start < end && start >= at);
            let range = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
            prop_assert!(text.get(range).is_some());
            at = end;
        }
    }
}
