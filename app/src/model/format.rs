//! Numbers as people read them.

use protocol::window::Tally;

/// Groups of three digits, with commas.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number that says when it is not exact.
pub fn tally(tally: Tally) -> String {
    if tally.exact {
        number(tally.value)
    } else {
        format!("≈ {}", number(tally.value))
    }
}

/// Bytes in decimal units, as disks are sold.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    let unit = UNITS.get(unit).copied().unwrap_or("PB");
    if tenths >= 1000 {
        format!("{} {unit}", tenths / 10)
    } else {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

/// The share that `part` is of `whole`, in percent.
pub fn percent(part: u64, whole: u64) -> String {
    match part.saturating_mul(100).checked_div(whole) {
        Some(percent) => format!("{percent} %"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let table = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (18_058_480, "18,058,480"),
        ];
        for (given, wanted) in table {
            assert_eq!(number(given), wanted);
        }
    }

    #[test]
    fn bytes_have_the_unit_that_fits() {
        let table = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (12_345, "12.3 kB"),
            (212_000, "212 kB"),
            (2_000_000_000, "2.0 GB"),
            (100_000_000_000, "100 GB"),
        ];
        for (given, wanted) in table {
            assert_eq!(bytes(given), wanted);
        }
    }
}
