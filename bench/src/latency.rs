//! From the write of a line to its arrival on `/follow`, beside `tail -F`.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{
    fault::{Fault, failed},
    http::Client,
    peers::Peers,
    report::{Report, progress},
    server::Launch,
    stamped::{self, COUNTED, WARM_UP},
    table::{Measured, Row, Target},
};

/// What a reader found.
#[derive(Default)]
struct Received {
    ages: Measured,
    /// Numbers of the lines that count, as they came.
    numbers: Vec<u64>,
}

/// A child that ends with this.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures both at once, each on a file of its own, which get their lines in
/// turns.
pub(crate) fn measure(launch: &Launch, peers: &Peers, report: &mut Report) -> Result<(), Fault> {
    progress("a line each 10 ms to /follow and to tail -F");
    let ours = launch.scratch.join("follow.log");
    let theirs = launch.scratch.join("tail.log");
    for path in [&ours, &theirs] {
        File::create(path).map_err(failed("cannot make a log to follow"))?;
    }
    let server = launch.start(&[&ours])?;
    let source = server.name_of(&ours)?;
    let client = Client::connect(server.port).map_err(failed("cannot connect to the server"))?;
    let mut follow = client.follow(&format!("/api/v1/follow?source={source}&tail=0"))?;
    let tail = peers
        .tail
        .as_deref()
        .map(|tail| start_tail(tail, &theirs))
        .transpose()?;
    let follower = thread::spawn(move || receive(|line| follow.next(line)));
    // Killing the child, below, ends a thread that waits for it in vain.
    let (guard, tailer) = match tail {
        Some((child, mut output)) => {
            let next = move |line: &mut Vec<u8>| {
                line.clear();
                output.read_until(b'\n', line).map(|read| read > 0)
            };
            (Some(child), Some(thread::spawn(move || receive(next))))
        }
        None => (None, None),
    };
    stamped::write(&[&ours, &theirs]).map_err(failed("cannot write to a log"))?;
    let ours = join(follower, "/follow", report)?;
    if guard.is_some() {
        // Whatever it has not given by now it does not have.
        thread::sleep(Duration::from_millis(500));
    }
    drop(guard);
    let theirs = tailer
        .map(|thread| join(thread, "tail -F", report))
        .transpose()?;
    let target = Target::Beside(Duration::from_micros(300), Duration::from_millis(2));
    let peer = theirs.as_ref().map(|theirs| ("tail -F", &theirs.ages));
    report.rows.push(Row::tails(
        "write to /follow (p50 · p99 · max)",
        &ours.ages,
        peer,
        target,
    ));
    Ok(())
}

fn start_tail(
    tail: &Path,
    file: &Path,
) -> Result<(Ending, BufReader<std::process::ChildStdout>), Fault> {
    let mut command = Command::new(tail);
    command
        .args(["-n", "0", "-F"])
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().map_err(failed("cannot run `tail`"))?;
    let output = child
        .stdout
        .take()
        .ok_or_else(|| Fault::Failed("tail has no output".to_owned()))?;
    Ok((Ending(child), BufReader::new(output)))
}

/// Reads lines up to the last that counts.
fn receive(mut next: impl FnMut(&mut Vec<u8>) -> io::Result<bool>) -> io::Result<Received> {
    let mut received = Received::default();
    let mut line = Vec::new();
    while next(&mut line)? {
        let Some((number, age)) = stamped::read(&line) else {
            continue;
        };
        if number >= WARM_UP {
            received.ages.wall.add(age);
            received.numbers.push(number);
        }
        if number + 1 == WARM_UP + COUNTED {
            break;
        }
    }
    Ok(received)
}

/// Waits for a reader, and sees whether it got every line once and in order.
fn join(
    thread: thread::JoinHandle<io::Result<Received>>,
    who: &str,
    report: &mut Report,
) -> Result<Received, Fault> {
    let received = thread
        .join()
        .map_err(|_| Fault::Failed(format!("the reader of {who} panicked")))?;
    let received = received.map_err(failed(format!("cannot read from {who}")))?;
    let expected: Vec<_> = (WARM_UP..WARM_UP + COUNTED).collect();
    let is_whole = received.numbers == expected;
    report.expect(
        &format!("{who} gave every line once and in order"),
        &is_whole,
        &true,
    );
    Ok(received)
}
