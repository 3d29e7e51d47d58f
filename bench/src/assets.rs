//! What a browser has to load before the page is alive.

use std::{collections::BTreeSet, path::Path};

use crate::{
    fault::{Fault, failed},
    report::{Report, progress},
    server::Launch,
    table::Row,
};

/// Bytes of all assets together, as brotli sends them.
const BYTES_MAX: usize = 250_000;

/// Loads the page's scripts, styles and WebAssembly, and those that they name.
pub(crate) fn measure(launch: &Launch, file: &Path, report: &mut Report) -> Result<(), Fault> {
    progress("the page's assets");
    let server = launch.start(&[file])?;
    let mut client = server.client()?;
    let page = client.get("/", &[])?.text()?;
    let linked = named("/", &page);
    let mut waiting = linked.clone();
    let mut seen = BTreeSet::new();
    let (mut sum, mut largest) = (0, String::new());
    let mut largest_bytes = 0;
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let packed = client
            .try_get(&path, &[("Accept-Encoding", "br")])
            .map_err(failed(format!("cannot get `{path}`")))?;
        if packed.status != 200 && !linked.contains(&path) {
            // A script's strings may look like paths without being any.
            seen.remove(&path);
            continue;
        }
        report.expect(&format!("status of `{path}`"), &packed.status, &200);
        report.expect(
            &format!("coding of `{path}`"),
            &packed.header("content-encoding"),
            &Some("br"),
        );
        sum += packed.body.len();
        if packed.body.len() > largest_bytes {
            largest_bytes = packed.body.len();
            path.rsplit('/')
                .next()
                .unwrap_or_default()
                .clone_into(&mut largest);
        }
        if has_ending(&path, &["js"]) {
            let script = client.get(&path, &[])?.text()?;
            waiting.extend(named(&path, &script));
        }
    }
    report.expect("some assets were found", &(sum > 0), &true);
    let figure = format!(
        "{sum} bytes, {} files; {largest} {largest_bytes}",
        seen.len()
    );
    report.rows.push(Row::figure(
        "page assets, brotli",
        figure,
        format!("<= {BYTES_MAX} bytes"),
        sum <= BYTES_MAX,
    ));
    Ok(())
}

/// Paths of the assets that a text names between quotes, relative to `base`.
fn named(base: &str, text: &str) -> Vec<String> {
    let quoted = text.split(['"', '\'', '`']);
    let assets =
        quoted.filter(|text| has_ending(text, &["js", "wasm", "css"]) && !text.contains("://"));
    let is_path =
        |text: &&str| text.starts_with(['.', '/']) && !text.contains([' ', '<', '$', '\\', '*']);
    assets
        .filter(is_path)
        .map(|asset| resolve(base, asset))
        .collect()
}

/// An address beside another.
fn resolve(base: &str, asset: &str) -> String {
    if asset.starts_with('/') {
        return asset.to_owned();
    }
    let directory = base.rsplit_once('/').map_or("", |(directory, _)| directory);
    format!("{directory}/{}", asset.trim_start_matches("./"))
}

fn has_ending(path: &str, endings: &[&str]) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.contains(&ending)
}
