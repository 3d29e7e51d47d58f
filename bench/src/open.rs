//! Opening the file at its end, and jumping about in it.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    data::{Data, NEEDLE, Random},
    fault::{Fault, failed},
    http::Client,
    peers::{Peers, run},
    report::Report,
    server::{Server, count, json},
    table::{Measured, Row, Target},
};

/// Rows of one screen.
const ROWS: usize = 60;

/// How often a round opens the end, loads the page, and jumps.
const TIMES: u64 = 100;

/// Numbers of lines that a round verifies by counting newlines before them.
const VERIFIED: u64 = 2;

/// What opening took.
#[derive(Default)]
pub(crate) struct Opened {
    first: Measured,
    first_hits: Measured,
    tail: Measured,
    has_tail: bool,
    again: Measured,
    page: Measured,
    to_byte: Measured,
    to_line: Measured,
}

/// The first two requests to a fresh server: the end, and the newest hits.
pub(crate) fn first(
    server: &Server,
    data: &Data,
    peers: &Peers,
    opened: &mut Opened,
    report: &mut Report,
) -> Result<(), Fault> {
    let source = server.name_of(&data.path)?;
    let mut client = server.client()?;
    let end = format!("source={source}&direction=backward&limit={ROWS}");
    let (wall, lines) = ask(&mut client, &end)?;
    opened.first.wall.add(wall);
    report.expect("the last line", &text(lines.last()), &last_line(data)?);
    report.expect("rows of the end", &lines.len(), &ROWS);
    let (wall, lines) = ask(&mut client, &format!("{end}&q={NEEDLE}"))?;
    opened.first_hits.wall.add(wall);
    let hits = lines
        .iter()
        .filter(|line| text(Some(line)).contains(NEEDLE))
        .count();
    report.expect("rows of newest hits", &hits, &lines.len());
    if let Some(tail) = &peers.tail {
        opened.has_tail = true;
        let ran = run(tail, &["-n", &ROWS.to_string()], &data.path)?;
        opened.tail.wall.add(ran.wall);
    }
    Ok(())
}

/// Everything else, on a server that has the lines counted.
pub(crate) fn again(
    server: &Server,
    data: &Data,
    opened: &mut Opened,
    report: &mut Report,
) -> Result<(), Fault> {
    let source = server.name_of(&data.path)?;
    let mut client = server.client()?;
    let last = last_line(data)?;
    let before_quotes = last.split('"').next().unwrap_or_default().to_owned();
    for _ in 0..TIMES {
        let (wall, lines) = ask(
            &mut client,
            &format!("source={source}&direction=backward&limit={ROWS}"),
        )?;
        opened.again.wall.add(wall);
        report.expect("the last line", &text(lines.last()), &last);
    }
    for _ in 0..TIMES / 5 {
        let started = Instant::now();
        let page = client.get(&format!("/?source={source}"), &[])?;
        opened.page.wall.add(started.elapsed());
        report.expect(
            "the last line is in the page",
            &page.text()?.contains(&before_quotes),
            &true,
        );
    }
    let file = File::open(&data.path).map_err(failed("cannot open the log"))?;
    let total = count(&mut client, &source, "")?.lines;
    let mut random = Random(data.bytes);
    for jump in 0..TIMES {
        let byte = random.below(data.bytes);
        let (wall, lines) = ask(
            &mut client,
            &format!("source={source}&from=byte:{byte}&limit={ROWS}"),
        )?;
        opened.to_byte.wall.add(wall);
        verify(&file, &lines, report)?;
        let (start, length) = (lines.first().map(offset), text(lines.first()).len());
        let holds = start.is_some_and(|start| (start..=start + size(length)).contains(&byte));
        report.expect(&format!("byte:{byte} is in the line"), &holds, &true);

        let number = 1 + random.below(total);
        let (wall, lines) = ask(
            &mut client,
            &format!("source={source}&from=line:{number}&limit={ROWS}"),
        )?;
        opened.to_line.wall.add(wall);
        verify(&file, &lines, report)?;
        let given = lines.first().and_then(|line| line["number"].as_u64());
        report.expect(&format!("number of line:{number}"), &given, &Some(number));
        if jump < VERIFIED {
            let before = newlines(&file, lines.first().map_or(0, offset))?;
            report.expect(&format!("place of line:{number}"), &(before + 1), &number);
        }
    }
    Ok(())
}

/// The rows of the table.
pub(crate) fn rows(opened: &Opened, report: &mut Report) {
    let goal = Duration::from_millis(2);
    let tail = Some(("tail -n 60", &opened.tail)).filter(|_| opened.has_tail);
    let jump = Target::Both(Duration::from_millis(1), Duration::from_millis(5));
    let hits = Target::P95(Duration::from_millis(10));
    report.rows.extend([
        Row::spread(
            "open at the end, fresh server",
            &opened.first,
            tail,
            Target::P95(goal),
        ),
        Row::tails(
            "open at the end (p50 · p99 · max)",
            &opened.again,
            None,
            Target::P99(goal),
        ),
        Row::tails(
            "page with its first rows (p50 · p99 · max)",
            &opened.page,
            None,
            Target::None,
        ),
        Row::tails(
            "jump to a byte (p50 · p99 · max)",
            &opened.to_byte,
            None,
            jump,
        ),
        Row::tails(
            "jump to a line (p50 · p99 · max)",
            &opened.to_line,
            None,
            jump,
        ),
        Row::spread(
            "newest 60 hits, 1e-4, fresh server",
            &opened.first_hits,
            None,
            hits,
        ),
    ]);
}

fn ask(client: &mut Client, query: &str) -> Result<(Duration, Vec<Value>), Fault> {
    let started = Instant::now();
    let response = client.get(&format!("/api/v1/lines?{query}"), &[])?;
    let wall = started.elapsed();
    let mut answer = json(&response.body)?;
    match answer["lines"].take() {
        Value::Array(lines) => Ok((wall, lines)),
        other => Err(Fault::Failed(format!("expected lines, got {other}"))),
    }
}

/// Whether the first row is what the file has there.
fn verify(file: &File, lines: &[Value], report: &mut Report) -> Result<(), Fault> {
    let expected = text(lines.first());
    let start = lines.first().map_or(0, offset);
    // With the newlines before and behind it.
    let lead = u64::from(start > 0);
    let mut bytes = vec![0; expected.len() + 1 + usize::from(start > 0)];
    file.read_exact_at(&mut bytes, start - lead)
        .map_err(failed("cannot read the log"))?;
    let mut whole = if start > 0 {
        "\n".to_owned()
    } else {
        String::new()
    };
    whole.push_str(&expected);
    whole.push('\n');
    report.expect(
        &format!("the line at byte {start}"),
        &(bytes == whole.as_bytes()),
        &true,
    );
    Ok(())
}

fn text(line: Option<&Value>) -> String {
    line.and_then(|line| line["text"].as_str())
        .unwrap_or_default()
        .to_owned()
}

fn offset(line: &Value) -> u64 {
    line["offset"].as_u64().unwrap_or(u64::MAX)
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Newlines before a place.
fn newlines(file: &File, end: u64) -> Result<u64, Fault> {
    let mut buffer = vec![0; 1 << 20];
    let (mut at, mut found) = (0, 0);
    while at < end {
        let read = file
            .read_at(&mut buffer, at)
            .map_err(failed("cannot read the log"))?;
        let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(read);
        let counted = memchr::memchr_iter(b'\n', buffer.get(..wanted).unwrap_or_default()).count();
        found += size(counted);
        at += size(wanted);
        if wanted == 0 {
            break;
        }
    }
    Ok(found)
}

fn last_line(data: &Data) -> Result<String, Fault> {
    let file = File::open(&data.path).map_err(failed("cannot open the log"))?;
    let mut bytes = vec![0; 4096];
    let start = data.bytes.saturating_sub(size(bytes.len()));
    let read = file
        .read_at(&mut bytes, start)
        .map_err(failed("cannot read the log"))?;
    let text = std::str::from_utf8(bytes.get(..read).unwrap_or_default()).unwrap_or_default();
    Ok(text
        .trim_end()
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .to_owned())
}
