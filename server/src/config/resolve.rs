//! Command line over environment over file over defaults, each value with its origin.

use super::address::{Bind, Host, parse_bind, parse_host, parse_port};
use super::environment::{self, Environment, Variables, split_list};
use super::fault::{Fault, Place, Wrong};
use super::files::parse_spec;
use super::keys::{LIMITS, TOKEN, TOKEN_FILE};
use super::read::File;
use super::secret::{Secret, parse_token, read_token};
use super::value::{LogFormat, parse_bool, parse_log_format, parse_tail_lines, parse_title};
use super::web::{AllowOrigin, parse_root};
use super::{Config, Origin, Setting, Warnings};
use crate::args::Args;

/// The title where none is given.
const TITLE_DEFAULT: &str = "Tailon";

/// How many lines `tail` shows where nothing says so.
const TAIL_LINES_DEFAULT: u32 = 10;

/// A token shorter than this can be guessed over the network; 16 characters of base 64 are 96 bits.
const TOKEN_CHARACTERS_ENOUGH: usize = 16;

/// Puts command line and environment over the file; sources add up, every other option replaces.
/// A debug build without any source serves the demonstration.
///
/// # Errors
///
/// Every fault of command line and environment, and having no source at all.
pub fn resolve(
    args: &Args,
    environment: &Environment,
    file: Option<&File>,
) -> Result<(Config, Warnings), Vec<Fault>> {
    resolve_with(args, environment, file, cfg!(debug_assertions))
}

/// The same; `is_demo_default` serves the demonstration where there is no source.
pub(super) fn resolve_with(
    args: &Args,
    environment: &Environment,
    file: Option<&File>,
    is_demo_default: bool,
) -> Result<(Config, Warnings), Vec<Fault>> {
    let mut variables = environment::read(environment);
    let mut merger = Merger {
        faults: std::mem::take(&mut variables.faults),
        warnings: std::mem::take(&mut variables.warnings),
        variables,
    };
    let config = merger.config(args, environment, file.cloned().unwrap_or_default());
    let Merger {
        mut faults,
        mut warnings,
        ..
    } = merger;
    let mut config = Config {
        file: file.map(|file| file.path.clone()),
        ..config
    };
    // A source that is wrong is a source: its own fault is enough.
    let names_none = config.files.is_empty() && faults.is_empty();
    if names_none && !config.demo.value {
        if is_demo_default {
            config.demo.value = true;
        } else {
            faults.push(no_source());
        }
    }
    if config.allow_origin.value == AllowOrigin::Any {
        warnings.push(
            "`allow-origin: \"*\"` lets every web page call the API with a bearer token".to_owned(),
        );
    }
    if faults.is_empty() {
        Ok((config, warnings))
    } else {
        Err(faults)
    }
}

fn no_source() -> Fault {
    Fault::new(Place::Usage, "expected at least one source, got none").suggest(
        "name a file, a directory or a glob as in `tailon /var/log/syslog`, list `files` in a \
         configuration (-c FILE), or see `tailon --demo`",
    )
}

struct Merger {
    variables: Variables,
    faults: Vec<Fault>,
    warnings: Warnings,
}

/// The text of one layer and where it stands.
struct Layer<'a> {
    text: &'a str,
    origin: Origin,
    place: Place,
}

impl Merger {
    fn config(&mut self, args: &Args, environment: &Environment, file: File) -> Config {
        let title = self.title(args);
        let tail_lines = title.as_ref().err().copied();
        let title = title.unwrap_or_default();
        let tail_lines = args.tail_lines.as_deref().or(tail_lines);
        let flag = parse_bool;
        Config {
            file: None,
            bind: self.bind(args, file.bind),
            title: self
                .pick("title", title, file.title, parse_title)
                .unwrap_or_else(|| Setting::default_of(TITLE_DEFAULT.to_owned())),
            relative_root: self
                .pick(
                    "relative-root",
                    args.relative_root.as_deref(),
                    file.relative_root,
                    parse_root,
                )
                .unwrap_or_else(|| Setting::default_of("/".to_owned())),
            public_urls: file
                .public_urls
                .unwrap_or_else(|| Setting::default_of(Vec::new())),
            trusted_proxies: file
                .trusted_proxies
                .unwrap_or_else(|| Setting::default_of(Vec::new())),
            allow_origin: file
                .allow_origin
                .unwrap_or_else(|| Setting::default_of(AllowOrigin::Only(Vec::new()))),
            allow_download: self
                .pick(
                    "allow-download",
                    args.allow_download.as_deref(),
                    file.allow_download,
                    flag,
                )
                .unwrap_or_else(|| Setting::default_of(true)),
            insecure_no_auth: self
                .pick(
                    "insecure-no-auth",
                    args.insecure_no_auth.as_deref(),
                    file.insecure_no_auth,
                    flag,
                )
                .unwrap_or_else(|| Setting::default_of(false)),
            tail_lines: self
                .pick("tail-lines", tail_lines, file.tail_lines, parse_tail_lines)
                .unwrap_or_else(|| Setting::default_of(TAIL_LINES_DEFAULT)),
            timezone: optional(file.timezone),
            state_dir: optional(file.state_dir),
            cache_dir: optional(file.cache_dir),
            files: self.files(args, file.files),
            limits: LIMITS
                .iter()
                .map(|limit| {
                    let named = file.limits.get(limit.name).cloned();
                    (
                        limit.name,
                        named.unwrap_or_else(|| Setting::default_of(limit.default)),
                    )
                })
                .collect(),
            token: self.token(environment),
            log_format: self
                .pick(
                    "log-format",
                    args.log_format.as_deref(),
                    None,
                    parse_log_format,
                )
                .unwrap_or_else(|| Setting::default_of(LogFormat::Text)),
            open: self.flag("open", args.open.as_deref()),
            exit_with_parent: self.flag("exit-with-parent", args.exit_with_parent.as_deref()),
            demo: self.flag("demo", args.demo.as_deref()),
        }
    }

    /// The title of the command line; all digits are the tail lines of the Python Tailon's `-t`.
    fn title<'a>(&mut self, args: &'a Args) -> Result<Option<&'a str>, &'a str> {
        match args.title.as_deref() {
            Some(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.warnings.push(format!(
                    "`-t {0}` is read as tail lines, as the Python Tailon did, write `-n {0}`",
                    super::fault::escaped(text)
                ));
                Err(text)
            }
            title => Ok(title),
        }
    }

    /// The layers of text that name an option, the lowest first.
    fn layers<'a>(&'a self, option: &str, on_line: Option<&'a str>) -> Vec<Layer<'a>> {
        let given = self.variables.options.get(option);
        let variable = given.map(|given| Layer {
            text: &given.text,
            origin: Origin::Environment(given.variable.clone()),
            place: Place::Environment(given.variable.clone()),
        });
        let on_line = on_line.map(|text| Layer {
            text,
            origin: Origin::CommandLine,
            place: Place::CommandLine(format!("--{option}")),
        });
        variable.into_iter().chain(on_line).collect()
    }

    /// The highest layer that names an option; a lower one that is wrong is a fault all the same.
    fn pick<T>(
        &mut self,
        option: &str,
        on_line: Option<&str>,
        in_file: Option<Setting<T>>,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Setting<T>> {
        let mut found = in_file;
        let mut faults = Vec::new();
        for Layer {
            text,
            origin,
            place,
        } in self.layers(option, on_line)
        {
            match parse(text) {
                Ok(value) => found = Some(Setting { value, origin }),
                Err(wrong) => faults.push(wrong.at(place, "")),
            }
        }
        self.faults.append(&mut faults);
        found
    }

    fn flag(&mut self, option: &str, on_line: Option<&str>) -> Setting<bool> {
        self.pick(option, on_line, None, parse_bool)
            .unwrap_or_else(|| Setting::default_of(false))
    }

    /// In each layer the addresses replace what lies below, and the halves change what is there.
    fn bind(&mut self, args: &Args, in_file: Option<Setting<Vec<Bind>>>) -> Setting<Vec<Bind>> {
        let mut bind = in_file.unwrap_or_else(|| Setting::default_of(vec![Bind::default()]));
        let on_line = (!args.bind.is_empty()).then(|| args.bind.join(","));
        let binds = self.picked_layers("bind", on_line.as_deref(), parse_binds);
        let hosts = self.picked_layers("host", args.host.as_deref(), parse_host);
        let ports = self.picked_layers("port", args.port.as_deref(), parse_port);
        for ((addresses, host), port) in binds.into_iter().zip(hosts).zip(ports) {
            if let Some(addresses) = addresses {
                bind = addresses;
            }
            if let Some(new) = host {
                change(&mut bind, new, |host, _, new: &Host| host.clone_from(new));
            }
            if let Some(new) = port {
                change(&mut bind, new, |_, port, new| *port = *new);
            }
        }
        let mut kept: Vec<Bind> = Vec::new();
        for address in bind.value {
            if !kept.contains(&address) {
                kept.push(address);
            }
        }
        bind.value = kept;
        bind
    }

    /// What environment and command line say, each on its own.
    fn picked_layers<T>(
        &mut self,
        option: &str,
        on_line: Option<&str>,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> [Option<Setting<T>>; 2] {
        let mut found = [None, None];
        let mut faults = Vec::new();
        for layer in self.layers(option, on_line) {
            let index = usize::from(layer.origin == Origin::CommandLine);
            match parse(layer.text) {
                Ok(value) => {
                    let origin = layer.origin;
                    if let Some(slot) = found.get_mut(index) {
                        *slot = Some(Setting { value, origin });
                    }
                }
                Err(wrong) => faults.push(wrong.at(layer.place, "")),
            }
        }
        self.faults.append(&mut faults);
        found
    }

    /// The sources of all layers, added up.
    fn files(
        &mut self,
        args: &Args,
        in_file: Vec<Setting<super::FileEntry>>,
    ) -> Vec<Setting<super::FileEntry>> {
        let mut found = in_file;
        let given = self.variables.options.get("file").cloned();
        let in_variable = given.iter().flat_map(|given| {
            let origin = Origin::Environment(given.variable.clone());
            let place = Place::Environment(given.variable.clone());
            split_list(&given.text)
                .into_iter()
                .map(move |text| (text, origin.clone(), place.clone()))
        });
        let on_line = args.sources.iter().map(|text| {
            let place = Place::CommandLine("FILESPEC".to_owned());
            (text.as_str(), Origin::CommandLine, place)
        });
        for (text, origin, place) in in_variable.chain(on_line) {
            match parse_spec(text) {
                Ok(value) => found.push(Setting { value, origin }),
                Err(wrong) => self.faults.push(wrong.at(place, "")),
            }
        }
        found
    }

    /// The token, from one of its two variables.
    fn token(&mut self, environment: &Environment) -> Setting<Option<Secret>> {
        let (name, read) = match (environment.get(TOKEN), environment.get(TOKEN_FILE)) {
            (None, None) => return Setting::default_of(None),
            (Some(_), Some(_)) => {
                let place = Place::Environment(TOKEN.to_owned());
                let message = format!("expected this or `{TOKEN_FILE}`, got both");
                self.faults.push(Fault::new(place, message));
                return Setting::default_of(None);
            }
            (Some(text), None) => (TOKEN, parse_token(text)),
            (None, Some(path)) => (TOKEN_FILE, read_token(path.as_ref())),
        };
        match read {
            Ok(secret) => {
                if secret.expose().len() < TOKEN_CHARACTERS_ENOUGH {
                    self.warnings.push(format!(
                        "the token of `{name}` has fewer than {TOKEN_CHARACTERS_ENOUGH} \
                         characters and can be guessed"
                    ));
                }
                Setting {
                    value: Some(secret),
                    origin: Origin::Environment(name.to_owned()),
                }
            }
            Err(wrong) => {
                let place = Place::Environment(name.to_owned());
                self.faults.push(wrong.at(place, ""));
                Setting::default_of(None)
            }
        }
    }
}

/// Changes one half of every address.
fn change<T>(
    bind: &mut Setting<Vec<Bind>>,
    new: Setting<T>,
    set: impl Fn(&mut Host, &mut u16, &T),
) {
    for Bind::Tcp { host, port } in &mut bind.value {
        set(host, port, &new.value);
    }
    bind.origin = new.origin;
}

/// Reads addresses separated by commas, newlines or `;`.
fn parse_binds(text: &str) -> Result<Vec<Bind>, Wrong> {
    let addresses: Vec<&str> = split_list(text)
        .into_iter()
        .flat_map(|part| part.split(','))
        .collect();
    if addresses.is_empty() {
        return parse_bind(text).map(|bind| vec![bind]);
    }
    addresses.into_iter().map(parse_bind).collect()
}

fn optional<T>(setting: Option<Setting<T>>) -> Setting<Option<T>> {
    match setting {
        Some(Setting { value, origin }) => Setting {
            value: Some(value),
            origin,
        },
        None => Setting::default_of(None),
    }
}
