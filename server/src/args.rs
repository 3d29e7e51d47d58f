//! The command line, as `tailon --help` shows it.
//!
//! Values stay text here: `config::resolve` reads them together with the environment and the
//! file, so that every fault of all three is reported at once.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser};

use crate::config;

/// The exit code of wrong usage and of a wrong configuration.
pub const EXIT_USAGE: u8 = 2;

/// Words that are commands when they stand first, and are not built yet.
const LATER_WORDS: &[&str] = &[
    "completions",
    "man",
    "hash-password",
    "healthcheck",
    "follow",
    "grep",
    "count",
    "sources",
    "run",
    "audit",
];

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Serve the sources.
    Serve(Args),
    /// Print the effective configuration, or its faults, and end.
    Check(Args),
    /// Print this text on standard output and end with code 0: help, version, reference.
    Print(String),
}

/// A command line that cannot be followed; it ends the program with [`EXIT_USAGE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong and what would be right, for standard error; lines without a last newline.
    pub text: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Refusal {}

/// The options as they were written; `None` and empty mean "not given".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Args {
    /// File specs, positional ones and those of `-f`, in the order written.
    pub sources: Vec<String>,
    /// Values of `-b`, each of which may hold several addresses, separated by commas.
    pub bind: Vec<String>,
    /// The host of every address, from `--host`.
    pub host: Option<String>,
    /// The port of every address, from `--port`.
    pub port: Option<String>,
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// The page title; all digits mean tail lines, as in the Python Tailon.
    pub title: Option<String>,
    /// The path under which everything is served.
    pub relative_root: Option<String>,
    /// How many lines `tail` shows.
    pub tail_lines: Option<String>,
    /// Whether files may be downloaded, as a word for yes or no.
    pub allow_download: Option<String>,
    /// Whether to open the browser.
    pub open: Option<String>,
    /// Whether to end when the parent process does.
    pub exit_with_parent: Option<String>,
    /// Whether the network is let in without token or login.
    pub insecure_no_auth: Option<String>,
    /// `text` or `json`, for the program's own log.
    pub log_format: Option<String>,
    /// Whether to serve the demonstration.
    pub demo: Option<String>,
}

/// View log files in the browser, live.
#[derive(Debug, Parser)]
#[command(
    name = "tailon",
    version,
    disable_version_flag = true,
    args_override_self = true,
    max_term_width = 100,
    override_usage = "tailon [OPTIONS] [FILESPEC]... [serve]\n       \
                      tailon check [OPTIONS] [FILESPEC]...",
    after_help = "Every option also reads TAILON_<OPTION>, as TAILON_BIND; lists there are \
                  separated by newlines or `;`.\nThe command line counts before the environment, \
                  the environment before the file; sources of all three add up."
)]
struct Line {
    /// [alias=NAME,group=NAME,]SOURCE: a file, a glob (`**` allowed), a directory, or `-`
    #[arg(value_name = "FILESPEC")]
    positional: Vec<String>,

    /// A source, the same as a positional FILESPEC; repeatable
    #[arg(short, long = "file", alias = "files", value_name = "FILESPEC", action = ArgAction::Append)]
    file: Vec<String>,

    /// Listen on host:port, :port (every interface) or port; repeatable, or separated by commas [default: 127.0.0.1:8080]
    #[arg(short, long, value_name = "ADDR", action = ArgAction::Append)]
    bind: Vec<String>,

    /// The host half of the address
    #[arg(long)]
    host: Option<String>,

    /// The port half of the address
    #[arg(long)]
    port: Option<String>,

    /// Read this configuration: YAML, or TOML by its ending
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The title of the page
    #[arg(short, long)]
    title: Option<String>,

    /// Serve under this path, as `/logs/`
    #[arg(short, long, value_name = "PATH")]
    relative_root: Option<String>,

    /// How many lines `tail` shows [default: 10]
    #[arg(
        short = 'n',
        long,
        alias = "lines-to-tail",
        value_name = "N",
        allow_negative_numbers = true
    )]
    tail_lines: Option<String>,

    /// Let files be downloaded [default: true]
    #[arg(short, long, alias = "allow-transfers", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_download: Option<String>,

    /// Open the browser
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    open: Option<String>,

    /// End when the parent process does
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    exit_with_parent: Option<String>,

    /// Let the whole network read the logs, without token or login
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    insecure_no_auth: Option<String>,

    /// How the program's own log is written: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,

    /// Serve a demonstration: made-up logs that never stop
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    demo: Option<String>,

    /// Print every key of the configuration file, explained
    #[arg(short_alias = 'e', long)]
    help_config: bool,

    /// Print the version
    #[arg(short = 'V', short_alias = 'v', long, action = ArgAction::Version)]
    version: Option<bool>,

    #[command(flatten)]
    unchanging: Unchanging,

    #[command(flatten)]
    later: Later,
}

/// Flags of other Tailons for what is always so here.
#[derive(Debug, clap::Args)]
struct Unchanging {
    #[arg(short = 'F', long, hide = true, action = ArgAction::Count)]
    follow_names: u8,
    #[arg(short = 'd', long, hide = true, action = ArgAction::Count)]
    debug: u8,
    #[arg(long, hide = true, action = ArgAction::Count)]
    no_wrap_lines: u8,
    #[arg(long, alias = "lines-of-history", hide = true)]
    history_lines: Option<String>,
    #[arg(long, hide = true)]
    output_encoding: Option<String>,
}

/// Flags whose feature is not built yet; refused rather than ignored.
#[derive(Debug, clap::Args)]
struct Later {
    #[arg(short = 'm', long, hide = true, num_args = 0..)]
    commands: Option<Vec<String>>,
    #[arg(short = 'p', long, hide = true, num_args = 0..=1, action = ArgAction::Append)]
    http_auth: Option<Vec<String>>,
    #[arg(short = 'u', long, alias = "users", hide = true, num_args = 0..=1, action = ArgAction::Append)]
    user: Option<Vec<String>>,
    #[arg(long, hide = true)]
    extra_files_dir: Option<String>,
    #[arg(long, hide = true)]
    input_encoding: Option<String>,
}

/// Reads a command line, the program's name first.
///
/// # Errors
///
/// A [`Refusal`] for an unknown option, a missing value, and for words and options whose feature
/// is not built yet.
pub fn parse(argv: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Command, Refusal> {
    let mut words: Vec<OsString> = argv.into_iter().map(Into::into).collect();
    let first = words.get(1).and_then(|word| word.to_str());
    if let Some(word) = first.filter(|word| LATER_WORDS.contains(word)) {
        return Err(Refusal {
            text: format!("`{word}` is not supported yet, a file so named is written `./{word}`"),
        });
    }
    let is_check = first == Some("check");
    if is_check || first == Some("serve") {
        words.remove(1);
    }
    let matches = match Line::command().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return shown(&error),
    };
    let line = match Line::from_arg_matches(&matches) {
        Ok(line) => line,
        Err(error) => return shown(&error),
    };
    if line.help_config {
        return Ok(Command::Print(config::REFERENCE.to_owned()));
    }
    refuse_later(&line.later)?;
    let given = Args {
        sources: sources(&matches),
        bind: line.bind,
        host: line.host,
        port: line.port,
        config: line.config,
        title: line.title,
        relative_root: line.relative_root,
        tail_lines: line.tail_lines,
        allow_download: line.allow_download,
        open: line.open,
        exit_with_parent: line.exit_with_parent,
        insecure_no_auth: line.insecure_no_auth,
        log_format: line.log_format,
        demo: line.demo,
    };
    Ok(if is_check {
        Command::Check(given)
    } else {
        Command::Serve(given)
    })
}

/// Help and version are answers, everything else of clap's is a refusal.
fn shown(error: &clap::Error) -> Result<Command, Refusal> {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Command::Print(text)),
        _ => Err(Refusal {
            text: text.trim_end().to_owned(),
        }),
    }
}

/// The positional specs and those of `-f` in the order written, without a last `serve`.
fn sources(matches: &ArgMatches) -> Vec<String> {
    let indexed = |id: &str| -> Vec<(usize, String)> {
        let indices = matches.indices_of(id).into_iter().flatten();
        let values = matches.get_many::<String>(id).into_iter().flatten();
        indices.zip(values.cloned()).collect()
    };
    let mut positional = indexed("positional");
    let mut specs = indexed("file");
    // Whatever is written behind the word has a higher index; defaults are not written.
    let last_index = matches
        .ids()
        .filter(|id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine))
        .filter_map(|id| matches.indices_of(id.as_str())?.max())
        .max();
    if let Some((index, word)) = positional.last()
        && word == "serve"
        && Some(*index) == last_index
    {
        positional.pop();
    }
    specs.append(&mut positional);
    specs.sort_by_key(|(index, _)| *index);
    specs.into_iter().map(|(_, spec)| spec).collect()
}

/// Refuses what would be a false promise if it were ignored; values are not repeated, since one of
/// them is a password.
fn refuse_later(later: &Later) -> Result<(), Refusal> {
    let given = [
        ("--commands", later.commands.is_some()),
        ("--http-auth", later.http_auth.is_some()),
        ("--user", later.user.is_some()),
        ("--extra-files-dir", later.extra_files_dir.is_some()),
        ("--input-encoding", later.input_encoding.is_some()),
    ];
    let refused: Vec<String> = given
        .iter()
        .filter(|(_, is_given)| *is_given)
        .map(|(option, _)| format!("`{option}` is not supported yet"))
        .collect();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(Refusal {
            text: refused.join("\n"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Result<Command, Refusal> {
        parse(["tailon"].iter().chain(line).copied())
    }

    fn serve(line: &[&str]) -> Args {
        match parsed(line) {
            Ok(Command::Serve(args)) => args,
            other => panic!("{line:?}: {other:?}"),
        }
    }

    fn refusal(line: &[&str]) -> String {
        match parsed(line) {
            Err(refusal) => refusal.text,
            other => panic!("{line:?}: {other:?}"),
        }
    }

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_lines_of_existing_guides_work_as_written() {
        let first = serve(&[
            "-t",
            "Test Log Viewer",
            "-b",
            "0.0.0.0:8080",
            "-f",
            "/var/log/test-app.log",
            "serve",
        ]);
        let expected = Args {
            title: Some("Test Log Viewer".to_owned()),
            bind: texts(&["0.0.0.0:8080"]),
            sources: texts(&["/var/log/test-app.log"]),
            ..Args::default()
        };
        assert_eq!(first, expected);
        let second = serve(&["-c", "/path/to/config.yml", "-b", ":8080"]);
        let expected = Args {
            config: Some("/path/to/config.yml".into()),
            bind: texts(&[":8080"]),
            ..Args::default()
        };
        assert_eq!(second, expected);
        let third = serve(&["-f", "/logs/*.log", "--host=0.0.0.0"]);
        let expected = Args {
            sources: texts(&["/logs/*.log"]),
            host: Some("0.0.0.0".to_owned()),
            ..Args::default()
        };
        assert_eq!(third, expected);
        let specs = [
            "/var/log/nginx/",
            "alias=syslog,/var/log/syslog",
            "alias=web,group=prod,/logs/web-prod/*.log",
        ];
        let expected = Args {
            sources: texts(&specs),
            ..Args::default()
        };
        assert_eq!(serve(&specs), expected);
    }

    #[test]
    fn sources_keep_the_order_written_and_serve_is_dropped_at_both_ends() {
        for (line, sources) in [
            (&["-f", "a", "b", "c"][..], &["a", "b", "c"][..]),
            (&["a", "-f", "b", "c", "--file=d"], &["a", "b", "c", "d"]),
            (&["serve", "a"], &["a"]),
            (&["a", "serve"], &["a"]),
            (&["serve", "serve"], &[]),
            (&["a", "./serve"], &["a", "./serve"]),
            (&["a", "serve", "b"], &["a", "serve", "b"]),
            (&["a", "serve", "-n", "1"], &["a", "serve"]),
            (&["a", "-f", "serve"], &["a", "serve"]),
            (&["a", "check", "-"], &["a", "check", "-"]),
            (&["-f", "-"], &["-"]),
        ] {
            assert_eq!(serve(line).sources, sources, "{line:?}");
        }
    }

    #[test]
    fn reserved_words_count_only_in_front() {
        for word in LATER_WORDS {
            let text = refusal(&[word, "x"]);
            assert_eq!(
                text,
                format!("`{word}` is not supported yet, a file so named is written `./{word}`")
            );
            assert_eq!(serve(&["a", word]).sources, ["a", word]);
        }
        let Ok(Command::Check(args)) = parsed(&["check", "-c", "x.yml", "serve"]) else {
            panic!("no check")
        };
        assert_eq!((args.config, args.sources), (Some("x.yml".into()), vec![]));
    }

    #[test]
    fn yes_and_no_stand_behind_an_equals_sign() {
        for (line, expected) in [
            (&["-a", "x"][..], Some("true")),
            (&["-a=false", "x"], Some("false")),
            (&["--allow-download", "x"], Some("true")),
            (&["--allow-download=no", "x"], Some("no")),
            (&["--allow-transfers", "x"], Some("true")),
            (&["x"], None),
        ] {
            let args = serve(line);
            assert_eq!(args.allow_download.as_deref(), expected, "{line:?}");
            assert_eq!(args.sources, ["x"]);
        }
        assert_eq!(
            serve(&["--insecure-no-auth"]).insecure_no_auth.as_deref(),
            Some("true")
        );
    }

    #[test]
    fn the_last_of_an_option_counts_and_lists_add_up() {
        let args = serve(&[
            "-t", "a", "-t", "b", "-b", "1", "-b", "2", "-f", "x", "-f", "y",
        ]);
        assert_eq!(args.title.as_deref(), Some("b"));
        assert_eq!(args.bind, ["1", "2"]);
        assert_eq!(args.sources, ["x", "y"]);
    }

    #[test]
    fn flags_of_other_tailons_are_taken_or_refused_by_name() {
        let args = serve(&[
            "-F",
            "-d",
            "--no-wrap-lines",
            "--lines-to-tail",
            "5",
            "--history-lines",
            "9",
            "--output-encoding",
            "utf-8",
            "a",
        ]);
        assert_eq!(
            (args.tail_lines.as_deref(), args.sources),
            (Some("5"), texts(&["a"]))
        );
        for (line, option) in [
            (&["-m", "tail", "grep", "-f", "a"][..], "--commands"),
            (&["-p", "basic", "a"], "--http-auth"),
            (&["-u", "joe:s3cret", "a"], "--user"),
            (&["--extra-files-dir", "x"], "--extra-files-dir"),
            (&["--input-encoding", "latin1"], "--input-encoding"),
        ] {
            let text = refusal(line);
            assert_eq!(text, format!("`{option}` is not supported yet"));
        }
    }

    #[test]
    fn help_and_version_are_answers_and_mistakes_are_refusals() {
        for (line, part) in [
            (&["-h"][..], "--bind"),
            (&["check", "--help"], "FILESPEC"),
            (&["-V"], "tailon "),
            (&["--help-config"], "relative-root:"),
            (&["-e"], "relative-root:"),
        ] {
            let Ok(Command::Print(text)) = parsed(line) else {
                panic!("{line:?}")
            };
            assert!(text.contains(part), "{line:?}: {text}");
            assert!(!text.contains("--http-auth"));
        }
        assert!(refusal(&["--tite", "x"]).contains("--title"));
        assert!(refusal(&["-n"]).contains("--tail-lines"));
    }
}
