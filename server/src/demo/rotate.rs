//! Rotation as logrotate does it by renaming, with `delaycompress`.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

/// Makes `path` its `.1`, the `.1` before it `.2.gz`, and `path` an empty file.
pub(super) fn rotate(path: &Path) -> io::Result<()> {
    let previous = with_suffix(path, ".1");
    if previous.exists() {
        // Under another name until it is whole, so that nobody reads a half.
        let temporary = with_suffix(path, ".2.gz.tmp");
        compress(&previous, &temporary)?;
        fs::rename(&temporary, with_suffix(path, ".2.gz"))?;
    }
    fs::rename(path, &previous)?;
    File::create(path)?;
    Ok(())
}

/// Removes what rotations of an earlier run left.
pub(super) fn remove_old(path: &Path) -> io::Result<()> {
    for suffix in [".1", ".2.gz", ".2.gz.tmp"] {
        match fs::remove_file(with_suffix(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn compress(from: &Path, to: &Path) -> io::Result<()> {
    let mut encoder = GzEncoder::new(File::create(to)?, Compression::default());
    io::copy(&mut File::open(from)?, &mut encoder)?;
    encoder.finish()?;
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
