//! What `tailon check` prints: the effective configuration with the origin of each value.

use std::fmt::{Display, Write};

use super::web::AllowOrigin;
use super::{Config, FileEntry, Origin, Setting};

/// The column at which origins begin where the value leaves room.
const ORIGIN_COLUMN: usize = 48;

/// Writes the configuration as YAML that loads again, each value with its origin behind it.
/// What only command line and environment can say stands in comments; secrets are masked.
pub fn check_report(config: &Config) -> String {
    let mut report = Report {
        text: String::new(),
        file: config
            .file
            .as_ref()
            .map_or_else(String::new, |file| file.display().to_string()),
    };
    report.head(config);
    report.entry("title", &config.title, |title| quoted(title));
    report.list("bind", &config.bind);
    report.entry("relative-root", &config.relative_root, |root| quoted(root));
    report.list("public-urls", &config.public_urls);
    report.list("trusted-proxies", &config.trusted_proxies);
    report.entry(
        "allow-origin",
        &config.allow_origin,
        |allowed| match allowed {
            AllowOrigin::Any => quoted("*"),
            AllowOrigin::Only(origins) => flow(origins),
        },
    );
    report.entry(
        "allow-download",
        &config.allow_download,
        ToString::to_string,
    );
    report.entry(
        "insecure-no-auth",
        &config.insecure_no_auth,
        ToString::to_string,
    );
    report.entry("tail-lines", &config.tail_lines, ToString::to_string);
    report.optional("timezone", &config.timezone, |zone| quoted(zone));
    report.optional("state-dir", &config.state_dir, |path| {
        quoted(&path.to_string_lossy())
    });
    report.optional("cache-dir", &config.cache_dir, |path| {
        quoted(&path.to_string_lossy())
    });
    if !config.files.is_empty() {
        report.line("files:", None);
        for file in &config.files {
            report.file_entry(file);
        }
    }
    report.line("limits:", None);
    for (name, setting) in &config.limits {
        report.line(
            &format!("  {name}: {}", setting.value),
            Some(&setting.origin),
        );
    }
    report.text
}

struct Report {
    text: String,
    /// The file that lines belong to.
    file: String,
}

impl Report {
    fn head(&mut self, config: &Config) {
        if !self.file.is_empty() {
            let line = format!("# configuration: {}", super::fault::escaped(&self.file));
            self.line(&line, None);
        }
        self.comment("log-format", &config.log_format, ToString::to_string);
        self.comment("open", &config.open, ToString::to_string);
        self.comment(
            "exit-with-parent",
            &config.exit_with_parent,
            ToString::to_string,
        );
        self.comment("demo", &config.demo, ToString::to_string);
        self.comment("token", &config.token, |token| {
            let word = if token.is_some() {
                "set, not shown"
            } else {
                "none"
            };
            word.to_owned()
        });
    }

    fn line(&mut self, text: &str, origin: Option<&Origin>) {
        self.text.push_str(text);
        if let Some(origin) = origin {
            let shown = match origin {
                Origin::File(line) => format!("{}:{line}", super::fault::escaped(&self.file)),
                other => other.to_string(),
            };
            let gap = ORIGIN_COLUMN.saturating_sub(text.chars().count());
            self.text.push_str(&" ".repeat(gap.max(1)));
            self.text.push_str("# ");
            self.text.push_str(&shown);
        }
        self.text.push('\n');
    }

    fn entry<T>(&mut self, key: &str, setting: &Setting<T>, write: impl Fn(&T) -> String) {
        let text = format!("{key}: {}", write(&setting.value));
        self.line(&text, Some(&setting.origin));
    }

    fn comment<T>(&mut self, key: &str, setting: &Setting<T>, write: impl Fn(&T) -> String) {
        let text = format!("# {key}: {}", write(&setting.value));
        self.line(&text, Some(&setting.origin));
    }

    fn list<T: Display>(&mut self, key: &str, setting: &Setting<Vec<T>>) {
        self.entry(key, setting, |items| flow(items));
    }

    fn optional<T>(
        &mut self,
        key: &str,
        setting: &Setting<Option<T>>,
        write: impl Fn(&T) -> String,
    ) {
        match &setting.value {
            Some(value) => {
                let text = format!("{key}: {}", write(value));
                self.line(&text, Some(&setting.origin));
            }
            None => self.comment(key, setting, |_| "none".to_owned()),
        }
    }

    fn file_entry(&mut self, setting: &Setting<FileEntry>) {
        let entry = &setting.value;
        self.line(
            &format!("  - path: {}", quoted(&entry.path)),
            Some(&setting.origin),
        );
        let mut pairs: Vec<(&str, String)> = Vec::new();
        let texts = [
            ("name", &entry.name),
            ("group", &entry.group),
            ("encoding", &entry.encoding),
            ("timezone", &entry.timezone),
            ("layout", &entry.layout),
        ];
        for (key, value) in texts {
            pairs.extend(value.as_ref().map(|value| (key, quoted(value))));
        }
        pairs.extend(
            entry
                .tail_lines
                .map(|lines| ("tail-lines", lines.to_string())),
        );
        if !entry.follow {
            pairs.push(("follow", "false".to_owned()));
        }
        pairs.extend(entry.rotated.map(|is_set| ("rotated", is_set.to_string())));
        if !entry.labels.is_empty() {
            let labels: Vec<String> = entry
                .labels
                .iter()
                .map(|(name, value)| format!("{}: {}", quoted(name), quoted(value)))
                .collect();
            pairs.push(("labels", format!("{{ {} }}", labels.join(", "))));
        }
        for (key, value) in pairs {
            self.line(&format!("    {key}: {value}"), None);
        }
    }
}

/// A list on one line.
fn flow<T: Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(&item.to_string())).collect();
    format!("[{}]", items.join(", "))
}

/// Text as YAML: bare where nothing in it can be mistaken, else in double quotes, with control
/// characters escaped.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let starts_well = text.starts_with(|first: char| first == '/' || first.is_ascii_alphabetic());
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
    );
    if starts_well && !is_word && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if character.is_control() || character == '\u{feff}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\U{:08x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
