//! What a person sees, in Chromium: how soon the end of the log is painted,
//! and how old a line is when it stands in the page.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::{
    data::Data,
    fault::{Fault, failed},
    peers,
    report::{Report, progress},
    server::{Launch, json},
    stamped,
    table::{Measured, Row, Target},
};

/// The browser's part.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/dom_latency.mjs");

/// Where the end-to-end tests keep theirs.
const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/node_modules");

/// What the rows are called that are measured only with everything there.
const WORKLOADS: [&str; 2] = [
    "first paint of the end, Chromium",
    "write to DOM (p50 · p99 · max)",
];

/// Measures in the browser, or says why not.
pub(crate) fn measure(
    launch: &Launch,
    data: &Data,
    runs: usize,
    report: &mut Report,
) -> Result<(), Fault> {
    progress("a line each 10 ms to Chromium");
    let tools = match find(&launch.scratch) {
        Ok(tools) => tools,
        Err(why) => {
            report
                .rows
                .extend(WORKLOADS.map(|workload| Row::plain(workload, format!("skipped: {why}"))));
            return Ok(());
        }
    };
    let live = launch.scratch.join("browser.log");
    File::create(&live).map_err(failed("cannot make a log to follow"))?;
    let server = launch.start(&[&data.path, &live])?;
    let (large, small) = (server.name_of(&data.path)?, server.name_of(&live)?);
    let page = |source: &str| format!("http://127.0.0.1:{}/?source={source}", server.port);
    let mut command = Command::new("node");
    command
        .arg(SCRIPT)
        .arg(&tools.modules)
        .arg(&tools.chromium)
        .arg(page(&large))
        .arg(page(&small));
    command
        .arg(runs.to_string())
        .arg(stamped::WARM_UP.to_string())
        .arg(stamped::COUNTED.to_string());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed("cannot run `node`"))?;
    let output = child
        .stdout
        .take()
        .ok_or_else(|| Fault::Failed("node has no output".to_owned()))?;
    let mut output = BufReader::new(output);
    let mut said = String::new();
    output
        .read_line(&mut said)
        .map_err(failed("cannot read from `node`"))?;
    if said.trim() == "ready" {
        stamped::write(&[&live]).map_err(failed("cannot write to a log"))?;
    }
    // The script takes the end of its input for the end of the lines.
    drop(child.stdin.take());
    let mut answer = String::new();
    output
        .read_to_string(&mut answer)
        .map_err(failed("cannot read from `node`"))?;
    let status = child.wait().map_err(failed("cannot wait for `node`"))?;
    if !status.success() {
        let why = format!("skipped: {SCRIPT} ended with {status}, see above");
        report
            .rows
            .extend(WORKLOADS.map(|workload| Row::plain(workload, why.clone())));
        return Ok(());
    }
    rows(&json(answer.as_bytes())?, report);
    Ok(())
}

fn rows(answer: &Value, report: &mut Report) {
    let paint = samples(&answer["paint_us"]);
    let ages = samples(&answer["age_us"]);
    let [opening, following] = WORKLOADS;
    report.rows.push(Row::spread(
        opening,
        &paint,
        None,
        Target::P95(Duration::from_millis(200)),
    ));
    let target = Target::Both(Duration::from_millis(3), Duration::from_millis(8));
    report.rows.push(Row::tails(following, &ages, None, target));
    let seen = answer["age_us"].as_array().map_or(0, Vec::len);
    let figure = format!("{seen} of {} lines", stamped::COUNTED);
    let is_met = u64::try_from(seen) == Ok(stamped::COUNTED);
    report.rows.push(Row::figure(
        "  that stood in the DOM",
        figure,
        "all".to_owned(),
        is_met,
    ));
    let messages = samples(&answer["message_us"]);
    let heard = "  to the live channel's message (p50 · p99 · max)";
    report
        .rows
        .push(Row::tails(heard, &messages, None, Target::None));
    let frames = samples(&answer["frame_us"]);
    report.rows.push(Row::spread(
        "  a frame of this Chromium",
        &frames,
        None,
        Target::None,
    ));
    let clock = answer["clock_us"].as_i64().unwrap_or_default();
    let behind = format!("{clock} us, taken off");
    report
        .rows
        .push(Row::plain("  the page's clock behind the system's", behind));
}

/// Microseconds.
fn samples(values: &Value) -> Measured {
    let mut measured = Measured::default();
    for value in values.as_array().into_iter().flatten() {
        // A clock that is corrected may be a little early.
        measured
            .wall
            .add(Duration::from_micros(value.as_u64().unwrap_or(0)));
    }
    measured
}

/// What the script needs.
struct Tools {
    chromium: PathBuf,
    modules: PathBuf,
}

/// Finds node, Chromium and playwright-core, which is installed when it is
/// not there; or says which one is missing.
fn find(scratch: &Path) -> Result<Tools, String> {
    if peers::version(Path::new("node")).is_none() {
        return Err("node is absent".to_owned());
    }
    let places = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    let chromium = places
        .map(PathBuf::from)
        .into_iter()
        .find(|place| place.exists());
    let chromium = chromium.ok_or("chromium is absent")?;
    let has_playwright = |modules: &Path| modules.join("playwright-core/package.json").exists();
    let own = scratch.join("node_modules");
    let places = [PathBuf::from(MODULES), own.clone()];
    if let Some(modules) = places.into_iter().find(|place| has_playwright(place)) {
        return Ok(Tools { chromium, modules });
    }
    progress("npm install playwright-core");
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
        .arg(scratch)
        .arg("playwright-core@1");
    let _ = npm.stdin(Stdio::null()).stdout(Stdio::null()).status();
    if has_playwright(&own) {
        Ok(Tools {
            chromium,
            modules: own,
        })
    } else {
        Err("playwright-core is absent".to_owned())
    }
}
