//! Where a person asks to go: a line number, a share, the start or the end.

use protocol::window::Anchor;

/// Understands `1234`, `1,234`, `25%`, `start` and `end`.
pub fn parse(text: &str) -> Option<Anchor> {
    let text = text.trim().to_lowercase();
    match text.as_str() {
        "start" | "top" | "开头" => return Some(Anchor::Start),
        "end" | "bottom" | "结尾" => return Some(Anchor::Tail),
        _ => {}
    }
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.trim().parse().ok()?;
        return (0.0..=100.0)
            .contains(&percent)
            .then_some(Anchor::Share(percent / 100.0));
    }
    let digits: String = text
        .chars()
        .filter(|char| !matches!(char, ',' | ' ' | '_'))
        .collect();
    digits
        .parse()
        .ok()
        .filter(|line| *line > 0)
        .map(Anchor::Line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_understood_as_people_write_it() {
        let table = [
            ("12", Some(Anchor::Line(12))),
            (" 18,058,301 ", Some(Anchor::Line(18_058_301))),
            ("50%", Some(Anchor::Share(0.5))),
            ("12.5 %", Some(Anchor::Share(0.125))),
            ("start", Some(Anchor::Start)),
            ("END", Some(Anchor::Tail)),
            ("0", None),
            ("101%", None),
            ("soon", None),
            ("", None),
        ];
        for (given, wanted) in table {
            assert_eq!(parse(given), wanted, "{given}");
        }
    }
}
