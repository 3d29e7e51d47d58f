//! The environment: `TAILON_<OPTION>` for every option.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::fault::{Fault, Place, nearest, shown};
use super::keys::{OPTION_ALIASES, OPTIONS, OPTIONS_LATER, TOKEN, TOKEN_FILE};

/// What every variable begins with.
const PREFIX: &str = "TAILON_";

/// The variables that count, taken once so that tests can give their own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// Names of ours whose value is no UTF-8.
    unreadable: Vec<String>,
}

impl Environment {
    /// Takes the variables of this process.
    pub fn from_process() -> Self {
        let mut found = Self::default();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| counts(name)) else {
                continue;
            };
            match value.into_string() {
                Ok(value) => {
                    found.variables.insert(name.to_owned(), value);
                }
                Err(_) => found.unreadable.push(name.to_owned()),
            }
        }
        found
    }

    /// Takes the given pairs.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let variables = pairs
            .into_iter()
            .filter(|(name, _)| counts(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            variables,
            unreadable: Vec::new(),
        }
    }

    /// A variable's value; empty counts as not set.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The configuration file that the environment names.
    pub(super) fn config(&self) -> Option<PathBuf> {
        self.get("TAILON_CONFIG").map(PathBuf::from)
    }

    /// Where configuration files of the user lie: `$XDG_CONFIG_HOME`, else `~/.config`; a relative
    /// one is ignored, as the XDG base directory specification asks.
    pub(super) fn config_home(&self) -> Option<PathBuf> {
        let named = self.get("XDG_CONFIG_HOME").map(PathBuf::from);
        named.filter(|path| path.is_absolute()).or_else(|| {
            let home = PathBuf::from(self.get("HOME")?);
            home.is_absolute().then(|| home.join(".config"))
        })
    }
}

/// Names only: one of the values is the token.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// Whether a variable concerns this program.
fn counts(name: &str) -> bool {
    name.starts_with(PREFIX) || matches!(name, "XDG_CONFIG_HOME" | "HOME")
}

/// The values of one option, and the variable they stand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) variable: String,
    pub(super) text: String,
}

/// What the environment says, by option.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub(super) options: BTreeMap<&'static str, Given>,
    pub(super) warnings: Vec<String>,
    pub(super) faults: Vec<Fault>,
}

/// Sorts the variables by the options they mean.
pub(super) fn read(environment: &Environment) -> Variables {
    let mut found = Variables::default();
    for name in &environment.unreadable {
        let place = Place::Environment(name.clone());
        found.faults.push(Fault::new(place, "expected UTF-8"));
    }
    for variable in environment.variables.keys() {
        let Some(text) = environment.get(variable) else {
            continue;
        };
        let Some(rest) = variable.strip_prefix(PREFIX) else {
            continue;
        };
        if is_kubernetes(rest, text) || variable == TOKEN || variable == TOKEN_FILE {
            continue;
        }
        let option = rest.to_lowercase().replace('_', "-");
        let canonical = OPTION_ALIASES
            .iter()
            .find(|(alias, _)| *alias == option)
            .map_or(option.as_str(), |(_, name)| name);
        if let Some(name) = OPTIONS.iter().find(|name| **name == canonical) {
            let given = Given {
                variable: variable.clone(),
                text: text.to_owned(),
            };
            if let Some(other) = found.options.insert(name, given) {
                let place = Place::Environment(variable.clone());
                let message = format!("means the same as `{}`, which is set, too", other.variable);
                found.faults.push(Fault::new(place, message));
            }
        } else if option == "log" || option == "tools" {
            // What the program's own log says, and where the build keeps its tools.
        } else if OPTIONS_LATER.contains(&option.as_str()) {
            let place = Place::Environment(variable.clone());
            found.faults.push(Fault::new(place, "not supported yet"));
        } else {
            found.warnings.push(unknown(variable, &option));
        }
    }
    found
}

/// A variable that means nothing here, with the nearest one that does.
fn unknown(variable: &str, option: &str) -> String {
    let known = OPTIONS.iter().copied().chain(["token", "token-file"]);
    let message = format!("unknown variable {} is ignored", shown(variable));
    let suggestion = nearest(option, known).map(|text| {
        let name = text.split('`').nth(1).unwrap_or_default();
        format!(", did you mean `{}`?", variable_of(name))
    });
    message + suggestion.as_deref().unwrap_or_default()
}

/// The variable of an option.
pub(super) fn variable_of(option: &str) -> String {
    format!("{PREFIX}{}", option.to_uppercase().replace('-', "_"))
}

/// Whether Kubernetes set it for a Service called `tailon`: `TAILON_PORT=tcp://10.0.0.1:80`,
/// `TAILON_SERVICE_HOST`, `TAILON_PORT_80_TCP_ADDR` and their like (the Kubernetes documentation,
/// "Discovering services: environment variables").
fn is_kubernetes(rest: &str, text: &str) -> bool {
    let is_port_of = rest
        .strip_prefix("PORT_")
        .is_some_and(|port| port.starts_with(|first: char| first.is_ascii_digit()));
    let is_address = rest == "PORT" && text.contains("://");
    rest.starts_with("SERVICE_HOST") || rest.starts_with("SERVICE_PORT") || is_port_of || is_address
}

/// Splits a list at newlines and `;`.
pub(super) fn split_list(text: &str) -> Vec<&str> {
    text.split(['\n', ';'])
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_sets_for_its_services_is_ignored_in_silence() {
        let environment = Environment::from_pairs([
            ("TAILON_PORT", "tcp://10.96.0.12:80"),
            ("TAILON_PORT_80_TCP", "tcp://10.96.0.12:80"),
            ("TAILON_PORT_80_TCP_ADDR", "10.96.0.12"),
            ("TAILON_SERVICE_HOST", "10.96.0.12"),
            ("TAILON_SERVICE_PORT_HTTP", "80"),
        ]);
        let found = read(&environment);
        assert!(found.options.is_empty() && found.warnings.is_empty() && found.faults.is_empty());
    }

    #[test]
    fn an_unknown_variable_is_only_a_warning() {
        let found = read(&Environment::from_pairs([
            ("TAILON_TITEL", "x"),
            ("TAILON_X", "1"),
        ]));
        assert_eq!(
            found.warnings,
            [
                "unknown variable `TAILON_TITEL` is ignored, did you mean `TAILON_TITLE`?",
                "unknown variable `TAILON_X` is ignored",
            ]
        );
        assert!(found.faults.is_empty());
    }

    #[test]
    fn what_would_be_a_false_promise_is_refused() {
        let found = read(&Environment::from_pairs([("TAILON_USERS", "a:b")]));
        assert_eq!(
            found.faults[0].to_string(),
            "TAILON_USERS: not supported yet"
        );
    }

    #[test]
    fn lists_are_split_and_emptied_variables_count_as_unset() {
        assert_eq!(
            split_list("/a;/b c\n alias=x,/d ;;"),
            ["/a", "/b c", "alias=x,/d"]
        );
        let found = read(&Environment::from_pairs([("TAILON_BIND", "")]));
        assert!(found.options.is_empty());
    }
}
