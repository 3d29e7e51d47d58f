//! One count per block: all that a view has to remember of a file.

use std::collections::HashMap;

use crate::limits::{BLOCK_BYTES, SUPERBLOCK_BLOCKS};

/// How many rows begin in each block of a file.
///
/// Sixteen bits hold the count of nearly every block; the rest stand in a side
/// table. Blocks are numbered from 0 in file order.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    low: Vec<u16>,
    /// Counts of `u16::MAX` and above.
    high: HashMap<u64, u64>,
    sums: Vec<u64>,
    done: Vec<bool>,
}

impl Counts {
    /// The block that holds the byte at `offset`.
    pub fn block_of(offset: u64) -> u64 {
        offset / BLOCK_BYTES
    }

    /// The superblock that holds `block`.
    pub fn super_of(block: u64) -> u64 {
        block / SUPERBLOCK_BLOCKS
    }

    /// Superblocks that there is room for.
    pub fn super_count(&self) -> u64 {
        u64::try_from(self.sums.len()).unwrap_or(u64::MAX)
    }

    /// Makes room for `supers` superblocks; new ones are empty and not done.
    pub fn grow(&mut self, supers: u64) {
        let supers = index(supers);
        if supers > self.sums.len() {
            self.sums.resize(supers, 0);
            self.done.resize(supers, false);
            self.low.resize(supers * index(SUPERBLOCK_BLOCKS), 0);
        }
    }

    /// Adds `count` rows to `block`.
    pub fn add(&mut self, block: u64, count: u64) {
        if count == 0 {
            return;
        }
        self.grow(Self::super_of(block) + 1);
        let total = self.get(block) + count;
        if let Some(low) = self.low.get_mut(index(block)) {
            *low = u16::try_from(total).unwrap_or(u16::MAX);
        }
        if total >= u64::from(u16::MAX) {
            self.high.insert(block, total);
        }
        if let Some(sum) = self.sums.get_mut(index(Self::super_of(block))) {
            *sum += count;
        }
    }

    /// Rows that are known to begin in `block`.
    pub fn get(&self, block: u64) -> u64 {
        match self.low.get(index(block)) {
            Some(&u16::MAX) => self
                .high
                .get(&block)
                .copied()
                .unwrap_or(u64::from(u16::MAX)),
            Some(&low) => u64::from(low),
            None => 0,
        }
    }

    /// Says that all rows of superblock `number` have been added.
    pub fn set_done(&mut self, number: u64) {
        self.grow(number + 1);
        if let Some(done) = self.done.get_mut(index(number)) {
            *done = true;
        }
    }

    /// Whether all rows of superblock `number` have been added.
    pub fn is_done(&self, number: u64) -> bool {
        self.done.get(index(number)).copied().unwrap_or(false)
    }

    /// Rows known so far.
    pub fn total(&self) -> u64 {
        self.sums.iter().sum()
    }

    /// Rows known so far in superblock `number`.
    pub fn in_super(&self, number: u64) -> u64 {
        self.sums.get(index(number)).copied().unwrap_or(0)
    }

    /// Rows known so far in the superblocks before `number`.
    pub fn before_super(&self, number: u64) -> u64 {
        self.sums.iter().take(index(number)).sum()
    }

    /// Rows known so far in the blocks before `block`.
    pub fn before(&self, block: u64) -> u64 {
        let first = Self::super_of(block) * SUPERBLOCK_BLOCKS;
        self.before_super(Self::super_of(block))
            + (first..block).map(|block| self.get(block)).sum::<u64>()
    }

    /// The block that holds row `row` (0-based), and the rows of that block
    /// before it; `None` when there are not so many rows.
    pub fn select(&self, mut row: u64) -> Option<(u64, u64)> {
        for (number, sum) in (0..).zip(&self.sums) {
            if row < *sum {
                let first = number * SUPERBLOCK_BLOCKS;
                for block in first..first + SUPERBLOCK_BLOCKS {
                    let count = self.get(block);
                    if row < count {
                        return Some((block, row));
                    }
                    row -= count;
                }
                return None;
            }
            row -= sum;
        }
        None
    }

    /// Bytes of memory that the counts take.
    pub fn memory_bytes(&self) -> usize {
        self.low.len() * 2 + self.sums.len() * 9 + self.high.len() * 24
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_row_is_found_where_it_was_counted(adds in proptest::collection::vec((0..200u64, 0..90_000u64), 0..40)) {
            let mut counts = Counts::default();
            let mut model = vec![0u64; 200];
            for (block, count) in adds {
                counts.add(block, count);
                model[block as usize] += count;
            }
            let mut before = 0;
            for (block, count) in (0..).zip(&model) {
                prop_assert_eq!(counts.get(block), *count);
                prop_assert_eq!(counts.before(block), before);
                if *count > 0 {
                    prop_assert_eq!(counts.select(before), Some((block, 0)));
                    prop_assert_eq!(counts.select(before + count - 1), Some((block, count - 1)));
                }
                before += count;
            }
            prop_assert_eq!(counts.total(), before);
            prop_assert_eq!(counts.select(before), None);
        }
    }
}
