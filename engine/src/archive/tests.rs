use std::cell::Cell;

use flate2::{Compression, write::GzEncoder};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Lines that do not compress to nothing.
fn lines(count: u32) -> Vec<u8> {
    (0..count)
        .flat_map(|number| {
            format!("{number} {:x}\n", number.wrapping_mul(2_654_435_761)).into_bytes()
        })
        .collect()
}

fn open(archive: &[u8], limits: Limits) -> Result<(Vec<u8>, Option<Note>), ArchiveFault> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.log.1.gz");
    fs::write(&path, archive).unwrap();
    let mut unpacked = open_gzip(&path, limits, directory.path(), &|| false)?;
    let names = fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(names, 1, "the scratch file has no name");
    let mut bytes = Vec::new();
    unpacked.file.read_to_end(&mut bytes).unwrap();
    assert_eq!(unpacked.bytes, u64::try_from(bytes.len()).unwrap());
    Ok((bytes, unpacked.note))
}

#[track_caller]
fn check(archive: &[u8], expected: &[u8], note: Option<Note>) {
    let (bytes, found) = open(archive, Limits::default()).unwrap();
    assert!(bytes == expected, "{} bytes", bytes.len());
    assert_eq!(found, note);
}

#[test]
fn all_members_of_an_archive_are_one_content() {
    let lines = lines(20_000);
    check(&gzip(&lines), &lines, None);
    let (one, two) = lines.split_at(1000);
    check(&[gzip(one), gzip(b""), gzip(two)].concat(), &lines, None);
    check(&gzip(b""), b"", None);
}

#[test]
fn what_follows_the_archive_is_left_out() {
    for garbage in [
        &b"\0\0\0\0"[..],
        b"garbage",
        b"\x1f garbage",
        b"\x1f\x8b\x07\0garbage....",
    ] {
        let archive = [&gzip(b"one\n"), garbage].concat();
        check(&archive, b"one\n", Some(Note::TrailingBytes));
    }
}

#[test]
fn an_archive_that_is_cut_off_gives_what_it_holds() {
    let lines = lines(50_000);
    let archive = gzip(&lines);
    let (bytes, note) = open(&archive[..archive.len() / 2], Limits::default()).unwrap();
    assert_eq!(note, Some(Note::Truncated));
    assert!(bytes.len() > lines.len() / 4 && lines.starts_with(&bytes));
    // Without its checksum, in its header, and before its first byte.
    check(&archive[..archive.len() - 4], &lines, Some(Note::Truncated));
    check(&archive[..5], b"", Some(Note::Truncated));
    check(b"", b"", Some(Note::Truncated));
}

#[test]
fn a_damaged_archive_gives_what_stands_before_the_damage() {
    let lines = lines(50_000);
    let mut archive = gzip(&lines);
    let middle = archive.len() / 2;
    archive[middle..middle + 64].fill(0xff);
    let (bytes, note) = open(&archive, Limits::default()).unwrap();
    assert_eq!(note, Some(Note::Damaged));
    let whole = lines.iter().zip(&bytes).take_while(|(a, b)| a == b).count();
    assert!(whole > lines.len() / 4);
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let bomb = gzip(&vec![0; 1 << 20]).repeat(80);
    let fault = |limits| {
        let unpacked = open(&bomb, limits).map(|(bytes, _)| bytes.len());
        unpacked.unwrap_err().to_string()
    };
    let limits = Limits {
        bytes: 2 << 30,
        ratio: 20,
    };
    let dense = "unpacks to more than 20 times its size, the limit";
    assert_eq!(fault(limits), dense);
    let limits = Limits {
        bytes: 1 << 20,
        ..limits
    };
    let large = "unpacks to more than the limit of 1048576 bytes";
    assert_eq!(fault(limits), large);
    // Small archives may be as dense as they like.
    check(&gzip(&vec![b'\n'; 1 << 20]), &vec![b'\n'; 1 << 20], None);
}

#[test]
fn other_archives_are_refused_by_name() {
    let table: [(&[u8], &str); 5] = [
        (b"\x28\xb5\x2f\xfd....", "zstd archives are not supported"),
        (b"BZh91AY", "bzip2 archives are not supported"),
        (b"\xfd7zXZ\0..", "xz archives are not supported"),
        (b"\x04\x22\x4d\x18..", "lz4 archives are not supported"),
        (b"plain text", "not a gzip archive"),
    ];
    for (archive, expected) in table {
        let fault = open(archive, Limits::default()).unwrap_err();
        assert_eq!(fault.to_string(), expected);
    }
}

#[test]
fn unpacking_ends_soon_after_it_is_cancelled() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.log.1.gz");
    fs::write(&path, gzip(&lines(100_000))).unwrap();
    let asked = Cell::new(0);
    let cancelled = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let fault = open_gzip(&path, Limits::default(), directory.path(), &cancelled).unwrap_err();
    assert!(matches!(fault, ArchiveFault::Cancelled));
    assert_eq!(asked.get(), 4);
}

#[test]
fn a_missing_archive_or_scratch_directory_is_a_fault() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.log.1.gz");
    let nowhere = directory.path().join("nowhere");
    let open = |scratch: &Path| open_gzip(&path, Limits::default(), scratch, &|| false);
    assert!(matches!(open(directory.path()), Err(ArchiveFault::Read(_))));
    fs::write(&path, gzip(b"one\n")).unwrap();
    assert!(matches!(open(&nowhere), Err(ArchiveFault::Store(_))));
    let directory_itself = open_gzip(directory.path(), Limits::default(), &nowhere, &|| false);
    assert!(matches!(directory_itself, Err(ArchiveFault::NotAnArchive)));
}
