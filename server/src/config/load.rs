//! From a path to a [`File`].

use std::io::Read;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::fault::{Fault, Place};
use super::read::{File, read};
use super::tree::{self, FILE_BYTES_MAX};
use crate::args::Args;

/// Names of a configuration file that nobody had to mention.
const NAMES: &[&str] = &["tailon.yml", "tailon.yaml", "tailon.toml"];

/// The configuration file of a machine as a whole.
const SYSTEM_DIRECTORY: &str = "/etc/tailon";

/// How many faults of one file are reported; a file of another program has one in every line.
const FAULTS_MAX: usize = 100;

/// Finds the configuration file: the one named, else the user's, else the machine's.
pub fn locate(args: &Args, environment: &Environment) -> Option<PathBuf> {
    let home = environment.config_home().map(|home| home.join("tailon"));
    let directories: Vec<PathBuf> = home
        .into_iter()
        .chain([PathBuf::from(SYSTEM_DIRECTORY)])
        .collect();
    args.config
        .clone()
        .or_else(|| environment.config())
        .or_else(|| first_existing(&directories))
}

/// The first file of a known name in these directories; one that cannot be looked at counts as
/// there, so that it is reported rather than passed over.
fn first_existing(directories: &[PathBuf]) -> Option<PathBuf> {
    directories
        .iter()
        .flat_map(|directory| NAMES.iter().map(move |name| directory.join(name)))
        .find(|path| path.try_exists().unwrap_or(false))
}

/// Reads a configuration file, TOML by its ending, YAML otherwise.
///
/// # Errors
///
/// All faults in the order of the file: a file that cannot be read or is larger than 1 MiB,
/// syntax errors, unknown keys, wrong values, and keys whose feature is not built yet.
pub fn load(path: &Path) -> Result<File, Vec<Fault>> {
    let text = text_of(path).map_err(|message| {
        let place = Place::File(path.to_path_buf());
        vec![Fault::new(place, message)]
    })?;
    load_text(&text, path)
}

/// Reads a configuration file's text; `path` names it and its language.
pub(super) fn load_text(text: &str, path: &Path) -> Result<File, Vec<Fault>> {
    if text.trim().is_empty() {
        let place = Place::File(path.to_path_buf());
        return Err(vec![Fault::new(place, "the file is empty")]);
    }
    let read = tree::parse(text, path).and_then(|root| read(&root, path));
    read.map_err(|faults| bounded(faults, path))
}

/// Cuts a list of faults that nobody would read to its end, and says so.
fn bounded(mut faults: Vec<Fault>, path: &Path) -> Vec<Fault> {
    let count = faults.len().saturating_sub(FAULTS_MAX);
    if count > 0 {
        faults.truncate(FAULTS_MAX);
        let place = Place::File(path.to_path_buf());
        faults.push(Fault::new(
            place,
            format!("{count} more faults are not shown"),
        ));
    }
    faults
}

fn text_of(path: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("cannot read the configuration: {error}");
    // Not only regular files: `-c <(…)` of a shell is a pipe.
    let file = std::fs::File::open(path).map_err(cannot)?;
    if file.metadata().map_err(cannot)?.is_dir() {
        return Err("expected a file, got a directory".to_owned());
    }
    let bytes_max = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err("expected at most 1 MiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = error.utf8_error().valid_up_to();
        let lines = error.as_bytes().iter().take(before);
        let line = lines.filter(|byte| **byte == b'\n').count() + 1;
        format!("expected UTF-8, got something else in line {line}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_readable_file_is_said_so() {
        let directory = tempfile::tempdir().unwrap();
        let check = |name: &str, bytes: Option<&[u8]>, part: &str| {
            let path = directory.path().join(name);
            if let Some(bytes) = bytes {
                std::fs::write(&path, bytes).unwrap();
            }
            let faults = load(&path).unwrap_err();
            assert_eq!(faults.len(), 1);
            assert!(faults[0].message.contains(part), "{}", faults[0]);
            assert!(faults[0].to_string().contains(name));
        };
        check("missing.yml", None, "cannot read the configuration");
        check("empty.yml", Some(b""), "the file is empty");
        check("blank.toml", Some(b" \n"), "the file is empty");
        check("comment.yml", Some(b"# nothing\n"), "the file is empty");
        check("latin.yml", Some(b"a: b\ntitle: \xe4\n"), "in line 2");
        check(
            "large.yml",
            Some(&vec![b'#'; FILE_BYTES_MAX + 1]),
            "at most 1 MiB",
        );
        let faults = load(directory.path()).unwrap_err();
        assert!(
            faults[0].message.contains("got a directory"),
            "{}",
            faults[0]
        );
    }

    #[test]
    fn a_file_of_another_program_is_not_answered_with_a_book() {
        let text: String = (0..500).flat_map(|key| [format!("k{key}: x\n")]).collect();
        let faults = load_text(&text, Path::new("a.yml")).unwrap_err();
        assert_eq!(faults.len(), 101);
        assert_eq!(
            faults[100].to_string(),
            "a.yml: 400 more faults are not shown"
        );
    }

    #[test]
    fn a_file_that_nobody_mentioned_is_found_in_its_places() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("tailon");
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("tailon.toml");
        std::fs::write(&path, "title = 'x'").unwrap();
        let home = home.path().to_str().unwrap();
        let environment = Environment::from_pairs([("XDG_CONFIG_HOME", home)]);
        assert_eq!(locate(&Args::default(), &environment), Some(path));
        let named = Environment::from_pairs([("XDG_CONFIG_HOME", home), ("TAILON_CONFIG", "/a")]);
        assert_eq!(locate(&Args::default(), &named), Some("/a".into()));
        let args = Args {
            config: Some("/b".into()),
            ..Args::default()
        };
        assert_eq!(locate(&args, &named), Some("/b".into()));
    }
}
