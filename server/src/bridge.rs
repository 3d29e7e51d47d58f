//! Joins the engine's threads to tokio, and the page to the engine.

use std::{any::Any, sync::Arc};

use app::logs::{Accept, Logs, Reply};
use engine::{bell::Listener, error::Error, filter::Filter, view::View};
use protocol::{
    Problem, Source, SourceId,
    live::ViewSpec,
    window::{Look, Row, Window},
};
use tokio::sync::Notify;

use crate::{
    auth::{Action, Object, Subject},
    live,
    state::App,
};

/// The page's way to the engine, for one visitor.
pub(crate) struct Bridge {
    pub(crate) app: App,
    pub(crate) subject: Subject,
}

impl Logs for Bridge {
    fn sources(&self) -> Vec<Source> {
        self.app.sources_for(&self.subject)
    }

    fn window(&self, spec: ViewSpec, look: Look) -> Reply<Result<Window, Problem>> {
        let (app, subject) = (self.app.clone(), self.subject.clone());
        Box::pin(async move {
            let view = app.open_view(&subject, spec).await?;
            app.window(view, look).await
        })
    }

    fn whole_row(&self, spec: ViewSpec, look: Look) -> Reply<Result<Row, Problem>> {
        let window = self.window(spec, look);
        Box::pin(async move {
            let window = window.await?;
            let index = usize::try_from(window.anchor).unwrap_or(usize::MAX);
            let row = window.rows.into_iter().nth(index);
            row.ok_or(Problem::Unreadable {
                name: "line".to_owned(),
                reason: "it is no longer there".to_owned(),
            })
        })
    }

    fn accept_live(&self) -> Accept {
        let (app, subject) = (self.app.clone(), self.subject.clone());
        Box::new(move |request: Box<dyn Any + Send>| {
            Box::pin(async move {
                let response: Box<dyn Any + Send> =
                    Box::new(live::accept(app, subject, request).await);
                response
            })
        })
    }
}

impl App {
    /// The sources that `subject` may list.
    pub(crate) fn sources_for(&self, subject: &Subject) -> Vec<Source> {
        let mut sources = self.engine.sources();
        sources.retain(|source| {
            self.grants
                .authorize(subject, Action::List, Object::Source(&source.id))
                .is_ok()
        });
        sources
    }

    /// Opens a view for `subject`.
    ///
    /// # Errors
    /// What is wrong with the specification; a source that `subject` may not
    /// view is unknown to it.
    pub(crate) async fn open_view(
        &self,
        subject: &Subject,
        spec: ViewSpec,
    ) -> Result<Arc<View>, Problem> {
        for id in &spec.sources {
            self.grants
                .authorize(subject, Action::View, Object::Source(id))
                .map_err(|_| Problem::UnknownSource {
                    name: id.to_string(),
                })?;
        }
        let engine = Arc::clone(&self.engine);
        blocking(move || {
            let filter = Arc::new(Filter::new(&spec.q, spec.regex)?);
            Ok(engine.view(&spec.sources, filter)?)
        })
        .await
        .map_err(|error| told(&error))
    }

    /// Reads a window.
    ///
    /// # Errors
    /// [`Problem::Unavailable`]; the cause is in the log.
    pub(crate) async fn window(&self, view: Arc<View>, look: Look) -> Result<Window, Problem> {
        let engine = Arc::clone(&self.engine);
        let read = blocking(move || engine.read(&view.sources(), || view.window(&look)));
        read.await.map_err(|error| told(&error))
    }

    /// The ids of the sources that are asked for by id or name.
    ///
    /// # Errors
    /// [`Problem::UnknownSource`], also for one that `subject` may not view;
    /// [`Problem::BadParameter`] when none is named.
    pub(crate) fn resolve(
        &self,
        subject: &Subject,
        names: &[String],
    ) -> Result<Vec<SourceId>, Problem> {
        if names.is_empty() {
            return Err(Problem::BadParameter {
                name: "source".to_owned(),
                expected: "expected the id or the name of a source".to_owned(),
            });
        }
        let mut ids = Vec::new();
        for name in names {
            let id = self.engine.find(name)?.id;
            self.grants
                .authorize(subject, Action::View, Object::Source(&id))
                .map_err(|_| Problem::UnknownSource { name: name.clone() })?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

/// Runs what may take longer than a request's thread should be held up.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    // A panic of the work is a bug that has been logged by its thread.
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(Error::Cancelled))
}

/// What the visitor is told; an unknown cause goes to the log.
pub(crate) fn told(error: &Error) -> Problem {
    let problem = error.problem();
    if problem == Problem::Unavailable {
        tracing::warn!(%error, "cannot answer");
    }
    problem
}

/// A listener for the engine's bells that wakes a task.
pub(crate) fn waker(notify: &Arc<Notify>) -> Arc<Listener> {
    let notify = Arc::clone(notify);
    Arc::new(move || notify.notify_one())
}
