//! The threads that go through files in the background.
//!
//! Work is handed out one superblock at a time, round robin over everything
//! that waits, so that one huge file never holds up another and a job that
//! nobody needs any more stops within one unit.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError, Weak},
    thread::JoinHandle,
};

/// Something that can be done in many small units, in any order, by any number
/// of threads at once.
pub trait Job: Send + Sync {
    /// Takes the next unit; `None` when none is left to hand out.
    fn take(&self) -> Option<u64>;

    /// Does one unit.
    fn run(&self, unit: u64, buffer: &mut Vec<u8>);
}

/// A fixed set of threads that work on jobs for as long as someone else holds
/// them.
pub struct Scanner {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Weak<dyn Job>>,
    next: usize,
    is_closed: bool,
}

impl Scanner {
    /// Starts `threads` threads.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(threads: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
        });
        let threads = (0..threads.max(1))
            .map(|number| {
                let shared = Arc::clone(&shared);
                std::thread::Builder::new()
                    .name(format!("scan-{number}"))
                    .spawn(move || shared.work())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { shared, threads })
    }

    /// Queues a job. It is dropped from the queue when it has no units left,
    /// or when nobody else holds it any more; queue it again when it has new
    /// units.
    pub fn queue(&self, job: &Arc<impl Job + 'static>) {
        let job = Arc::clone(job);
        let job: Arc<dyn Job> = job;
        let mut queue = self
            .shared
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        queue.jobs.push(Arc::downgrade(&job));
        drop(queue);
        self.shared.wake.notify_all();
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.shared
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_closed = true;
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            // A panicked worker has already said so on standard error.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn work(&self) {
        let mut buffer = Vec::new();
        while let Some((job, unit)) = self.next() {
            job.run(unit, &mut buffer);
        }
    }

    fn next(&self) -> Option<(Arc<dyn Job>, u64)> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if queue.is_closed {
                return None;
            }
            if queue.jobs.is_empty() {
                queue = self
                    .wake
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let turn = queue.next % queue.jobs.len();
            let job = queue.jobs.get(turn).and_then(Weak::upgrade);
            match job.and_then(|job| job.take().map(|unit| (job, unit))) {
                Some(work) => {
                    queue.next = turn + 1;
                    return Some(work);
                }
                None => drop(queue.jobs.swap_remove(turn)),
            }
        }
    }
}
