//! Starts everything in order, and ends it in the opposite one.

use std::{
    fmt::Display,
    io::{IsTerminal, Write as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use engine::{
    engine::{Engine, EngineOptions},
    stamp::Zone,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    args::{Args, EXIT_USAGE},
    assets::Assets,
    config::{self, Config, Environment, FileEntry, LogFormat},
    demo::Demo,
    gate::{self, Gate},
    routes, serve,
    state::{App, file_spec},
};

/// The exit code of everything that failed and was no mistake of the caller.
const EXIT_FAILED: u8 = 1;

/// How long streams may take to say their last word.
const DRAIN: Duration = Duration::from_secs(8);

/// Prints the effective configuration.
pub(crate) fn check(args: &Args) -> ExitCode {
    match config::gather(args, &Environment::from_process()) {
        Ok((config, warnings)) => {
            warnings.iter().for_each(say);
            let faults: Vec<_> = config
                .files
                .iter()
                .filter_map(|entry| file_spec(&entry.value).err())
                .collect();
            faults.iter().for_each(say);
            let _ = std::io::stdout().write_all(config::check_report(&config).as_bytes());
            if faults.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(EXIT_USAGE)
            }
        }
        Err(faults) => {
            faults.iter().for_each(complain);
            ExitCode::from(EXIT_USAGE)
        }
    }
}

/// Serves until asked to end.
pub(crate) fn serve(args: &Args) -> ExitCode {
    let (config, warnings) = match config::gather(args, &Environment::from_process()) {
        Ok(gathered) => gathered,
        Err(faults) => {
            faults.iter().for_each(complain);
            return ExitCode::from(EXIT_USAGE);
        }
    };
    log(config.log_format.value);
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    let listeners = match serve::bind(&config.bind.value) {
        Ok(listeners) => listeners,
        Err(faults) => {
            faults.iter().for_each(complain);
            return ExitCode::from(EXIT_FAILED);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(run(config, listeners)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Usage(fault)) => {
            say(fault);
            ExitCode::from(EXIT_USAGE)
        }
        Err(Stop::Failed(error)) => failed(error.as_ref()),
    }
}

/// Why the server does not run.
enum Stop {
    Usage(String),
    Failed(Box<dyn std::error::Error>),
}

async fn run(config: Config, listeners: Vec<TcpListener>) -> Result<(), Stop> {
    let failed = |error: Box<dyn std::error::Error>| Stop::Failed(error);
    let scratch = tempfile::Builder::new()
        .prefix("tailon-")
        .tempdir()
        .map_err(|error| failed(error.into()))?;
    let (demo, demo_files) = if config.demo.value {
        let (demo, entries) = start_demo(scratch.path()).map_err(|error| failed(error.into()))?;
        (Some(demo), entries)
    } else {
        (None, Vec::new())
    };
    let mut specs = Vec::new();
    for entry in config
        .files
        .iter()
        .map(|entry| &entry.value)
        .chain(&demo_files)
    {
        specs.push(file_spec(entry).map_err(Stop::Usage)?);
    }
    let zone = match &config.timezone.value {
        Some(zone) => zone
            .parse()
            .map_err(|fault: engine::stamp::UnknownZone| Stop::Usage(fault.to_string()))?,
        None => "local".parse().unwrap_or(Zone::Utc),
    };
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let engine = Engine::start(EngineOptions {
        specs,
        directory,
        zone,
        scratch: config
            .cache_dir
            .value
            .clone()
            .unwrap_or_else(|| scratch.path().to_owned()),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    });
    let engine = Arc::new(engine.map_err(|error| failed(error.into()))?);
    for notice in engine.notices() {
        tracing::warn!("{notice}");
    }
    // Rendering spawns tasks; it fails only where it was called before.
    let _ = any_spawner::Executor::init_tokio();
    let assets = Arc::new(Assets::load());
    if !assets.has_page() {
        tracing::warn!("the page was not built into this binary; `cargo leptos build` does that");
    }
    let addresses = listeners
        .iter()
        .map(TcpListener::local_addr)
        .collect::<Result<Vec<_>, _>>();
    let addresses = addresses.map_err(|error| failed(error.into()))?;
    let gate = Gate::new(&config, &addresses).map_err(|error| failed(error.into()))?;
    let gate = Arc::new(gate);
    let config = Arc::new(config);
    let shutdown = CancellationToken::new();
    let app = App {
        engine,
        config: Arc::clone(&config),
        assets,
        grants: gate.grants(),
        shutdown: shutdown.clone(),
        tasks: TaskTracker::new(),
    };
    if gate.asks_for_token() {
        // Printed, not logged: whoever reads the log must not get in by it.
        say(format!("open {} once to get in", gate.ready_link()));
    }
    if config.insecure_no_auth.value && !config.is_loopback_only() {
        tracing::warn!("anybody on the network is let in: `insecure-no-auth` is set");
    }
    tracing::info!(sources = app.engine.sources().len(), address = %join(&addresses), "listening");
    if config.open.value {
        open_browser(gate.ready_link());
    }
    let tasks = app.tasks.clone();
    let router = gate::guard(routes::router(app), Arc::clone(&gate));
    tokio::spawn(until_asked(shutdown.clone(), config.exit_with_parent.value));
    let served = serve::run(
        listeners,
        router,
        serve::ServeLimits::new(&config),
        shutdown.clone(),
    )
    .await;
    shutdown.cancel();
    tasks.close();
    // Streams end with a last word; one that cannot say it is not waited for.
    let _ = tokio::time::timeout(DRAIN, tasks.wait()).await;
    drop(demo);
    served.map_err(|error| failed(error.into()))
}

/// Cancels `shutdown` on SIGINT and SIGTERM; a second one ends at once.
async fn until_asked(shutdown: CancellationToken, with_parent: bool) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        tracing::error!("cannot wait for signals");
        return;
    };
    let parent = rustix::process::getppid();
    let mut look = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = look.tick() => {
                // An orphan is given another parent.
                if with_parent && rustix::process::getppid() != parent && !shutdown.is_cancelled() {
                    tracing::info!("the parent process has ended");
                } else {
                    continue;
                }
            }
        }
        if shutdown.is_cancelled() {
            std::process::exit(0);
        }
        // Before the word is said: it may fail, when nobody reads the log any more.
        shutdown.cancel();
        tracing::info!("ending");
    }
}

fn start_demo(scratch: &Path) -> std::io::Result<(Demo, Vec<FileEntry>)> {
    let directory = scratch.join("demo");
    std::fs::create_dir_all(&directory)?;
    let seed = u64::from(std::process::id());
    crate::demo::prepare(&directory, seed)?;
    let demo = Demo::start(&directory)?;
    let mut entries = Vec::new();
    for group in std::fs::read_dir(&directory)? {
        let group = group?;
        // Named after its directory, not after the scratch directory above it.
        let mut entry = FileEntry::new(group.path().to_string_lossy());
        entry.name = Some(group.file_name().to_string_lossy().into_owned());
        entries.push(entry);
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok((demo, entries))
}

fn join(addresses: &[SocketAddr]) -> String {
    addresses
        .iter()
        .map(|address| format!("http://{address}/"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("TAILON_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(color)
        .log_internal_errors(false);
    match format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}

fn open_browser(link: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    if let Err(error) = std::process::Command::new(opener).arg(link).spawn() {
        tracing::warn!(%error, "cannot open the browser");
    }
}

/// Says something on standard error, before the log is set up or instead of it.
fn say(what: impl Display) {
    let _ = writeln!(std::io::stderr(), "tailon: {what}");
}

/// Says what is wrong with the configuration; it names the place itself.
fn complain(fault: impl Display) {
    let _ = writeln!(std::io::stderr(), "{fault}");
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    say(error);
    ExitCode::from(EXIT_FAILED)
}
