//! Measures the built server side by side with grep, ripgrep, `wc` and `tail`,
//! in one run, and prints one table.
//!
//! A missed target is a figure like any other; only a wrong answer makes the
//! run fail.

mod args;
mod assets;
mod data;
mod dom;
mod fault;
mod http;
mod latency;
mod machine;
mod open;
mod peers;
mod probe;
mod queries;
mod report;
mod search;
mod server;
mod stamped;
mod stats;
mod table;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{
    args::{Args, USAGE},
    data::Data,
    fault::{Fault, failed},
    peers::Peers,
    report::{Report, progress},
    server::Launch,
};

/// Below the table.
const LEGEND: &str = "\
times are min · median · p95 of the runs unless a row says otherwise;
ratios are those of the medians, which count, and of the shortest times";

/// Wrong answers that are printed; the rest is counted.
const SHOWN_MAX: usize = 20;

fn main() -> ExitCode {
    match Args::parse(std::env::args().skip(1)).and_then(|args| run(&args)) {
        Ok(report) if report.wrong.is_empty() => ExitCode::SUCCESS,
        Ok(report) => {
            for wrong in report.wrong.iter().take(SHOWN_MAX) {
                progress(&format!("wrong: {wrong}"));
            }
            progress(&format!(
                "{} answers are wrong, so the times do not count",
                report.wrong.len()
            ));
            ExitCode::FAILURE
        }
        Err(Fault::Usage(what)) => {
            eprintln!("{what}\n{USAGE}");
            ExitCode::from(2)
        }
        Err(fault) => {
            progress(&fault.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<Report, Fault> {
    let peers = Peers::find(args.rg.as_deref());
    progress("the log");
    let data = Data::prepare(args.bytes, args.keep)?;
    machine::warm(&data.path).map_err(failed("cannot read the log"))?;
    let launch = Launch {
        binary: args.binary.clone(),
        scratch: data.directory.clone(),
        port: args.port,
    };
    let header = machine::header(args, &data, &peers);
    let mut report = Report::default();
    // What was measured before a fault is printed too.
    let outcome = measure(&launch, &data, &peers, args.runs, &mut report);
    let text = format!("{header}\n\n{}\n{LEGEND}\n", table::render(&report.rows));
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(failed("cannot print"))?;
    outcome.map(|()| report)
}

fn measure(
    launch: &Launch,
    data: &Data,
    peers: &Peers,
    runs: usize,
    report: &mut Report,
) -> Result<(), Fault> {
    search::measure(launch, data, peers, runs, report)?;
    latency::measure(launch, peers, report)?;
    dom::measure(launch, data, runs, report)?;
    assets::measure(launch, &data.path, report)
}
