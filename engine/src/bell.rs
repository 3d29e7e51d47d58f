//! Tells whoever waits that something changed, without saying what.

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicU64, Ordering},
};

/// What a listener does when the bell rings; must be quick and must not block.
pub type Listener = dyn Fn() + Send + Sync;

/// A version that rises, and those who want to know when it does.
#[derive(Default)]
pub struct Bell {
    version: AtomicU64,
    listeners: Mutex<Vec<Weak<Listener>>>,
}

impl Bell {
    /// Rises with every ring.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Calls `listener` at every ring for as long as the caller holds it.
    pub fn listen(&self, listener: &Arc<Listener>) {
        let mut listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(listener));
    }

    /// Raises the version and calls every listener.
    pub fn ring(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
        let listeners: Vec<_> = {
            let listeners = self
                .listeners
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            listeners.iter().filter_map(Weak::upgrade).collect()
        };
        for listener in listeners {
            listener();
        }
    }
}
