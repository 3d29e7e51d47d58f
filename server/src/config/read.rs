//! The walker that turns the tree into typed values, and collects all that is wrong with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::address::{Bind, Cidr, parse_bind, parse_cidr};
use super::fault::{Fault, Wrong, nearest, shown};
use super::files::FileEntry;
use super::keys::{LIMITS, Standing, TOP};
use super::read_files::read_files;
use super::tree::{Key, Kind, Node, Scalar, Value, position};
use super::value::{
    parse_bool, parse_limit, parse_path, parse_tail_lines, parse_timezone, parse_title,
};
use super::web::{AllowOrigin, PublicUrl, parse_origin, parse_public_url, parse_root};
use super::{Origin, Setting};

/// What a configuration file says; `None` and empty mean "nothing".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// The file as it was named.
    pub path: PathBuf,
    /// `title`.
    pub title: Option<Setting<String>>,
    /// `bind`, also spelled `listen-addr`.
    pub bind: Option<Setting<Vec<Bind>>>,
    /// `relative-root`, as `/x/`.
    pub relative_root: Option<Setting<String>>,
    /// `public-urls`.
    pub public_urls: Option<Setting<Vec<PublicUrl>>>,
    /// `trusted-proxies`.
    pub trusted_proxies: Option<Setting<Vec<Cidr>>>,
    /// `allow-origin`.
    pub allow_origin: Option<Setting<AllowOrigin>>,
    /// `allow-download`, also spelled `allow-transfers`.
    pub allow_download: Option<Setting<bool>>,
    /// `insecure-no-auth`.
    pub insecure_no_auth: Option<Setting<bool>>,
    /// `tail-lines`, also spelled `lines-to-tail`.
    pub tail_lines: Option<Setting<u32>>,
    /// `timezone`.
    pub timezone: Option<Setting<String>>,
    /// `state-dir`.
    pub state_dir: Option<Setting<PathBuf>>,
    /// `cache-dir`.
    pub cache_dir: Option<Setting<PathBuf>>,
    /// `files`, in the order written.
    pub files: Vec<Setting<FileEntry>>,
    /// `limits`, those that are named.
    pub limits: BTreeMap<&'static str, Setting<u64>>,
}

/// Reads the tree of a file; faults come in the order of the file.
pub(super) fn read(root: &Node, path: &Path) -> Result<File, Vec<Fault>> {
    let mut reader = Reader {
        path,
        faults: Vec::new(),
    };
    let mut file = File {
        path: path.to_path_buf(),
        ..File::default()
    };
    // The line of each key, under the name that counts.
    let mut seen: BTreeMap<&str, &Key> = BTreeMap::new();
    for (key, node) in reader.entries(root, "") {
        let standing = TOP.iter().find(|(name, _)| *name == key.name);
        let canonical = match standing {
            None => {
                let known = TOP
                    .iter()
                    .filter(|(_, standing)| *standing != Standing::Unchanging)
                    .map(|(name, _)| *name);
                reader.unknown(key, "", known);
                continue;
            }
            Some((_, Standing::Unchanging)) => continue,
            Some((name, Standing::Later)) => {
                reader.key_fault(
                    key,
                    name,
                    Wrong::new(format!("`{name}` is not supported yet")),
                );
                continue;
            }
            Some((_, Standing::Alias(name)) | (name, Standing::Used)) => *name,
        };
        if let Some(first) = seen.insert(canonical, key) {
            let message = format!(
                "`{}` means the same as `{}` in line {}",
                key.name, first.name, first.line
            );
            reader.key_fault(key, canonical, Wrong::new(message));
            continue;
        }
        take(&mut reader, &mut file, canonical, &key.name, node);
    }
    if reader.faults.is_empty() {
        Ok(file)
    } else {
        reader.faults.sort_by_key(|fault| match fault.place {
            super::Place::Position { line, column, .. } => (line, column),
            _ => (0, 0),
        });
        Err(reader.faults)
    }
}

/// Reads the value of a key that is used; `key` is how it was written.
fn take(reader: &mut Reader<'_>, file: &mut File, canonical: &str, key: &str, node: &Node) {
    match canonical {
        "title" => file.title = reader.value(node, key, parse_title),
        "bind" => file.bind = reader.bind(node, key),
        "relative-root" => file.relative_root = reader.value(node, key, parse_root),
        "public-urls" => file.public_urls = reader.list(node, key, parse_public_url),
        "trusted-proxies" => file.trusted_proxies = reader.list(node, key, parse_cidr),
        "allow-origin" => file.allow_origin = reader.allow_origin(node, key),
        "allow-download" => file.allow_download = reader.bare(node, key, parse_bool),
        "insecure-no-auth" => file.insecure_no_auth = reader.bare(node, key, parse_bool),
        "tail-lines" => file.tail_lines = reader.bare(node, key, parse_tail_lines),
        "timezone" => file.timezone = reader.value(node, key, parse_timezone),
        "state-dir" => file.state_dir = reader.value(node, key, parse_path),
        "cache-dir" => file.cache_dir = reader.value(node, key, parse_path),
        "files" => file.files = read_files(reader, node, key),
        "limits" => file.limits = reader.limits(node, key),
        _ => debug_assert!(false, "a key of the table has no reader: {canonical}"),
    }
}

/// Reads values and keeps the faults; a value that is wrong is `None`.
pub(super) struct Reader<'a> {
    path: &'a Path,
    pub(super) faults: Vec<Fault>,
}

impl Reader<'_> {
    /// Adds a fault at a node.
    pub(super) fn fault(&mut self, node: &Node, key: &str, wrong: Wrong) {
        let place = position(self.path, node.line, node.column);
        self.faults.push(wrong.at(place, key));
    }

    /// Adds a fault at a key, whose message already names it.
    pub(super) fn key_fault(&mut self, key: &Key, path: &str, wrong: Wrong) {
        let place = position(self.path, key.line, key.column);
        let mut fault = wrong.at(place, "");
        path.clone_into(&mut fault.key);
        self.faults.push(fault);
    }

    /// Adds the fault of a key that does not exist.
    pub(super) fn unknown<'k>(
        &mut self,
        key: &Key,
        parent: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let parent_named = if parent.is_empty() {
            String::new()
        } else {
            format!(" in `{parent}`")
        };
        let wrong = Wrong {
            message: format!("unknown key {}{parent_named}", shown(&key.name)),
            suggestion: nearest(&key.name, known),
        };
        self.key_fault(key, &joined(parent, &key.name), wrong);
    }

    /// The entries of a map; anything else is a fault and has none.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, key: &str) -> &'n [(Key, Node)] {
        if let Value::Map(entries) = &node.value {
            return entries;
        }
        let message = format!("expected keys and values, got {}", node.described());
        self.fault(node, key, Wrong::new(message));
        &[]
    }

    /// One value, which may be written in quotes.
    pub(super) fn value<T>(
        &mut self,
        node: &Node,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Setting<T>> {
        let Value::Scalar(scalar) = &node.value else {
            let message = format!("expected one value, got {}", node.described());
            self.fault(node, key, Wrong::new(message));
            return None;
        };
        self.scalar(node, scalar, key, parse)
    }

    /// One value that quotes would turn into text: a number, a yes or no.
    pub(super) fn bare<T>(
        &mut self,
        node: &Node,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Setting<T>> {
        match &node.value {
            Value::Scalar(scalar) if scalar.kind == Kind::Text && parse(&scalar.text).is_ok() => {
                let text = shown(&scalar.text);
                let wrong = Wrong::new(format!("expected a value without quotes, got text {text}"));
                self.fault(node, key, wrong.suggest(format!("write {text}")));
                None
            }
            _ => self.value(node, key, parse),
        }
    }

    fn scalar<T>(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Setting<T>> {
        let parsed = if scalar.kind == Kind::Null {
            Err(Wrong::new("expected a value, got nothing"))
        } else {
            parse(&scalar.text)
        };
        match parsed {
            Ok(value) => Some(Setting {
                value,
                origin: Origin::File(node.line),
            }),
            Err(wrong) => {
                self.fault(node, key, wrong);
                None
            }
        }
    }

    /// One value or a list of them.
    fn list<T>(
        &mut self,
        node: &Node,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Setting<Vec<T>>> {
        let Value::List(items) = &node.value else {
            let one = self.value(node, key, parse)?;
            return Some(Setting {
                value: vec![one.value],
                origin: one.origin,
            });
        };
        let read: Vec<T> = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| self.value(item, &format!("{key}[{index}]"), &parse))
            .map(|setting| setting.value)
            .collect();
        (read.len() == items.len()).then_some(Setting {
            value: read,
            origin: Origin::File(node.line),
        })
    }

    fn bind(&mut self, node: &Node, key: &str) -> Option<Setting<Vec<Bind>>> {
        let bind = self.list(node, key, parse_bind)?;
        if bind.value.is_empty() {
            self.fault(
                node,
                key,
                Wrong::new("expected at least one address, got an empty list"),
            );
            return None;
        }
        Some(bind)
    }

    fn allow_origin(&mut self, node: &Node, key: &str) -> Option<Setting<AllowOrigin>> {
        let parse = |text: &str| match text.trim() {
            "*" => Ok(None),
            text => parse_origin(text).map(Some),
        };
        let Setting { value, origin } = self.list(node, key, parse)?;
        let has_any = value.contains(&None);
        let value = if has_any {
            AllowOrigin::Any
        } else {
            AllowOrigin::Only(value.into_iter().flatten().collect())
        };
        Some(Setting { value, origin })
    }

    fn limits(&mut self, node: &Node, key: &str) -> BTreeMap<&'static str, Setting<u64>> {
        let mut found = BTreeMap::new();
        for (name, node) in self.entries(node, key) {
            let Some(limit) = LIMITS.iter().find(|limit| limit.name == name.name) else {
                self.unknown(name, key, LIMITS.iter().map(|limit| limit.name));
                continue;
            };
            let path = joined(key, limit.name);
            if let Some(setting) = self.value(node, &path, |text| parse_limit(text, limit)) {
                found.insert(limit.name, setting);
            }
        }
        found
    }
}

/// A key inside another.
pub(super) fn joined(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}.{name}")
    }
}
