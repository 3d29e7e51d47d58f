//! The part of the walker that reads `files`: specs, entries, and the groups of the Python Tailon.

use std::collections::BTreeMap;

use super::fault::Wrong;
use super::files::{
    FileEntry, check_label_name, check_source, parse_encoding, parse_layout, parse_name, parse_spec,
};
use super::keys::FILE;
use super::read::{Reader, joined};
use super::tree::{Key, Kind, Node, Scalar, Value};
use super::value::{parse_bool, parse_tail_lines, parse_timezone};
use super::{Origin, Setting};

/// Reads the value of `files`; entries that are wrong are left out.
pub(super) fn read_files(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
) -> Vec<Setting<FileEntry>> {
    let mut found = Vec::new();
    match &node.value {
        Value::Map(entries) if are_named(entries) => {
            for (name, node) in entries {
                read_named(reader, name, node, key, &mut found);
            }
        }
        _ => read_any(reader, node, key, None, &mut found),
    }
    found
}

/// Whether a map right under `files` is a table of names rather than one source.
fn are_named(entries: &[(Key, Node)]) -> bool {
    entries
        .iter()
        .all(|(key, _)| !FILE.contains(&key.name.as_str()))
}

/// Reads `name: SPEC`, as one fork of the Go Tailon has it; anything but a spec is a group.
fn read_named(
    reader: &mut Reader<'_>,
    name: &Key,
    node: &Node,
    key: &str,
    found: &mut Vec<Setting<FileEntry>>,
) {
    if !matches!(node.value, Value::Scalar(_)) {
        return read_group(reader, name, node, key, None, found);
    }
    let path = joined(key, &name.name);
    found.extend(reader.value(node, &path, |text| {
        let mut entry = parse_spec(text)?;
        entry.name = Some(entry.name.map_or_else(|| parse_name(&name.name), Ok)?);
        Ok(entry)
    }));
}

/// Reads one spec, one entry, a list of both, or groups of them, to any depth.
fn read_any(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    group: Option<&str>,
    found: &mut Vec<Setting<FileEntry>>,
) {
    match &node.value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                read_any(reader, item, &format!("{key}[{index}]"), group, found);
            }
        }
        Value::Map(entries) if are_groups(entries) => {
            for (name, node) in entries {
                read_group(reader, name, node, key, group, found);
            }
        }
        Value::Map(entries) => found.extend(read_entry(reader, node, entries, key, group)),
        // `files:` with nothing behind it, as a template leaves it.
        Value::Scalar(Scalar {
            kind: Kind::Null, ..
        }) if group.is_none() && !key.contains('[') => {}
        Value::Scalar(_) => {
            found.extend(reader.value(node, key, |text| {
                let mut entry = parse_spec(text)?;
                entry.group = entry.group.or_else(|| group.map(ToOwned::to_owned));
                Ok(entry)
            }));
        }
    }
}

/// Whether a map is groups of sources rather than one source.
fn are_groups(entries: &[(Key, Node)]) -> bool {
    let is_known = |key: &Key| FILE.contains(&key.name.as_str());
    let holds_sources = |node: &Node| match &node.value {
        Value::List(_) => true,
        Value::Map(entries) => are_groups(entries),
        Value::Scalar(_) => false,
    };
    !entries.is_empty()
        && entries
            .iter()
            .all(|(key, node)| !is_known(key) && holds_sources(node))
}

fn read_group(
    reader: &mut Reader<'_>,
    name: &Key,
    node: &Node,
    key: &str,
    outer: Option<&str>,
    found: &mut Vec<Setting<FileEntry>>,
) {
    let key = joined(key, &name.name);
    match parse_name(&name.name) {
        Ok(inner) => {
            let group = outer.map_or(inner.clone(), |outer| format!("{outer}/{inner}"));
            read_any(reader, node, &key, Some(&group), found);
        }
        Err(wrong) => reader.fault(node, &key, wrong),
    }
}

/// Reads an entry with keys of its own.
fn read_entry(
    reader: &mut Reader<'_>,
    node: &Node,
    entries: &[(Key, Node)],
    key: &str,
    group: Option<&str>,
) -> Option<Setting<FileEntry>> {
    let faults_before = reader.faults.len();
    let mut entry = FileEntry::new("");
    entry.group = group.map(ToOwned::to_owned);
    let mut has_path = false;
    for (name, node) in entries {
        let path = joined(key, &name.name);
        match name.name.as_str() {
            "path" => {
                has_path = true;
                let source = |text: &str| check_source(text).map(|()| text.to_owned());
                entry.path = kept(reader.value(node, &path, source)).unwrap_or_default();
            }
            "name" => entry.name = kept(reader.value(node, &path, parse_name)),
            "group" => entry.group = kept(reader.value(node, &path, parse_name)),
            "tail-lines" => entry.tail_lines = kept(reader.bare(node, &path, parse_tail_lines)),
            "follow" => entry.follow = kept(reader.bare(node, &path, parse_bool)).unwrap_or(true),
            "rotated" => entry.rotated = kept(reader.bare(node, &path, parse_bool)),
            "encoding" => entry.encoding = kept(reader.value(node, &path, parse_encoding)),
            "timezone" => entry.timezone = kept(reader.value(node, &path, parse_timezone)),
            "labels" => entry.labels = read_labels(reader, node, &path),
            "layout" => entry.layout = kept(reader.value(node, &path, parse_layout)),
            _ => reader.unknown(name, key, FILE.iter().copied()),
        }
    }
    if !has_path {
        let message = "expected the key `path` with a file, a glob or a directory";
        reader.fault(node, key, Wrong::new(message));
    }
    (reader.faults.len() == faults_before).then_some(Setting {
        value: entry,
        origin: Origin::File(node.line),
    })
}

fn read_labels(reader: &mut Reader<'_>, node: &Node, key: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for (name, node) in reader.entries(node, key) {
        let path = joined(key, &name.name);
        if let Err(wrong) = check_label_name(&name.name) {
            reader.key_fault(name, &path, wrong);
            continue;
        }
        let value = reader.value(node, &path, |text| Ok(text.to_owned()));
        if let Some(value) = kept(value) {
            labels.insert(name.name.clone(), value);
        }
    }
    labels
}

fn kept<T>(setting: Option<Setting<T>>) -> Option<T> {
    setting.map(|setting| setting.value)
}
