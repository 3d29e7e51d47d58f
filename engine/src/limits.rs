//! The engine's limits, each with its reason.

use std::time::Duration;

/// Bytes of a block: the unit whose lines and hits are counted. Small enough
/// to be read and searched again within microseconds, large enough that the
/// counts of a file are 1/20 000 of it.
pub const BLOCK_BYTES: u64 = 64 << 10;

/// Blocks of a superblock: the unit that scanning hands to a thread, 4 MiB.
pub const SUPERBLOCK_BLOCKS: u64 = 64;

/// Bytes of a superblock.
pub const SUPERBLOCK_BYTES: u64 = BLOCK_BYTES * SUPERBLOCK_BLOCKS;

/// Bytes read in one call while scanning: stays in the second-level cache.
pub const READ_BYTES: usize = 256 << 10;

/// Bytes of one line that are searched. What lies behind them does not match,
/// so that one endless line cannot take the memory of the host.
pub const LINE_BYTES_MAX: usize = 16 << 20;

/// Bytes of one line that are ever shown or sent in one piece.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// Bytes that one window may read from regions that no count covers yet,
/// before it answers with what it has.
pub const WINDOW_BYTES_MAX: u64 = 16 << 20;

/// Rows of one window.
pub const WINDOW_ROWS_MAX: u32 = 1000;

/// Bytes that a compiled regular expression may take.
pub const REGEX_BYTES_MAX: usize = 1 << 20;

/// Bytes that the lazily built automaton of an expression may take.
pub const REGEX_CACHE_BYTES_MAX: usize = 8 << 20;

/// How deep the parts of an expression may be nested.
pub const REGEX_NEST_MAX: u32 = 50;

/// How long an unterminated last line has to be left alone before a filter
/// shows it.
pub const PARTIAL_IDLE: Duration = Duration::from_secs(1);

/// How often the progress of a scan is told at most: 20 times a second.
pub const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);
