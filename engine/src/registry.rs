//! Hands out one index for each generation and filter, whoever asks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use protocol::GenerationId;

use crate::{
    bell::Listener,
    filter::Filter,
    generation::{Generation, ReadFault},
    index::Index,
    scan::Scanner,
    stamp::Zone,
};

/// Which index it is: the generation, the query in its canonical form, and
/// whether times are kept.
type Key = (GenerationId, String, bool);

/// All indexes that somebody looks at.
pub struct Registry {
    scanner: Scanner,
    all: Arc<Filter>,
    indexes: Mutex<HashMap<Key, Weak<Index>>>,
}

impl Registry {
    /// Begins without an index, on the threads of `scanner`.
    pub fn new(scanner: Scanner) -> Self {
        Self {
            scanner,
            all: Arc::new(Filter::all()),
            indexes: Mutex::default(),
        }
    }

    /// The filter that takes every line.
    pub fn all(&self) -> Arc<Filter> {
        Arc::clone(&self.all)
    }

    /// How many lines `generation` has; `None` until they are counted.
    pub fn lines_of(&self, generation: &Generation) -> Option<u64> {
        let key = (generation.id(), String::new(), false);
        let indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        let index = indexes.get(&key).and_then(Weak::upgrade)?;
        let progress = index.progress();
        let is_open = generation.frontier() > index.upto();
        progress
            .is_complete
            .then(|| progress.rows + u64::from(is_open))
    }

    /// The index of `filter` over `generation`, begun now if nobody has it
    /// yet; `listener` is called when it makes progress.
    ///
    /// # Errors
    /// What reading the generation refuses.
    pub(crate) fn index(
        &self,
        generation: &Arc<Generation>,
        filter: &Arc<Filter>,
        zone: Option<&Zone>,
        listener: &Arc<Listener>,
    ) -> Result<Arc<Index>, ReadFault> {
        let key = (generation.id(), filter.key().to_owned(), zone.is_some());
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        indexes.retain(|_, index| index.strong_count() > 0);
        let known = indexes.get(&key).and_then(Weak::upgrade);
        let index = if let Some(index) =
            known.filter(|index| Arc::ptr_eq(index.generation(), generation) && !index.is_broken())
        {
            index
        } else {
            let index = Index::new(Arc::clone(generation), Arc::clone(filter), zone.cloned())?;
            let index = Arc::new(index);
            self.scanner.queue(&index);
            indexes.insert(key, Arc::downgrade(&index));
            index
        };
        index.bell().listen(listener);
        Ok(index)
    }
}
