//! Where and on what the figures were taken.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
    process::Command,
};

use crate::{
    args::Args,
    data::Data,
    peers::{self, Peers},
};

/// From this load on, before anything was started, the machine is not ours.
const BUSY: f64 = 0.5;

/// The lines above the table.
pub(crate) fn header(args: &Args, data: &Data, peers: &Peers) -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<_> = processors
        .lines()
        .filter_map(|line| line.strip_prefix("model name"))
        .collect();
    let model = models.first().map_or("unknown processor", |line| {
        line.trim_start_matches(['\t', ' ', ':'])
    });
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    let made = data
        .took
        .map_or("found from an earlier run".to_owned(), |took| {
            let rate = u128::from(data.bytes) / took.as_micros().max(1);
            format!("written in {:.2} s, {rate} MB/s", took.as_secs_f64())
        });
    let binary = args.binary.display();
    let version = peers::version(&args.binary).unwrap_or_default();
    [
        format!("date     {}", said("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
        format!(
            "machine  {} x {model}, {} MB",
            models.len(),
            memory.unwrap_or(0) / 1024
        ),
        format!("kernel   {}; {}", said("uname", &["-sr"]), load()),
        format!("tailon   {version} ({binary})"),
        format!("peers    {}", peers.versions.join("; ")),
        format!(
            "data     {} bytes, {made}; {}",
            data.bytes,
            residence(&data.path)
        ),
        format!("runs     {}, interleaved, page cache warm", args.runs),
    ]
    .join("\n")
}

/// How busy the machine is, with other things too.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    match load.parse::<f64>() {
        Ok(busy) if busy > BUSY => format!("load {load}: other work disturbs these times"),
        _ => format!("load {load}"),
    }
}

/// Reads the file once, so that it lies in the page cache.
pub(crate) fn warm(path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    while file.read(&mut buffer)? > 0 {}
    Ok(())
}

/// How much of a file lies in the page cache.
fn residence(path: &Path) -> String {
    let path = path.to_string_lossy();
    let size = said(
        "fincore",
        &["--bytes", "--noheadings", "--output", "RES", &path],
    );
    match size.parse::<u64>() {
        Ok(bytes) => format!("{bytes} of them or more in the page cache"),
        Err(_) => "fincore is absent, so the page cache was not looked at".to_owned(),
    }
}

/// What a small program prints; empty when it is absent.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok());
    text.unwrap_or_default().trim().to_owned()
}
