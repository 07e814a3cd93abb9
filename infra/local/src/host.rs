//! The host: backend, functions, workers and HTTP server in one process.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use backend::Backend;
use backend_sqlite::SqliteBackend;
use carriers::registry;
use system::{Clock, SystemClock, SystemRandom};
use tiktok::TikTok;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use webhook_intake::Senders;

use crate::calls::Calls;
use crate::config::HostConfig;
use crate::connections::ServerLimits;
use crate::control::{self, DataStores, Services};
use crate::functions::{FunctionParts, Functions};
use crate::notify::{LocalNotifier, NotReady, Smtp};
use crate::{clock_watch, http, workers};

/// A running host. It stops when it is dropped, and the next one takes up its work.
pub struct Host {
    /// The backend, to be looked at.
    pub backend: Backend,
    pub functions: Arc<Functions>,
    /// Where the HTTP server listens.
    pub address: SocketAddr,
    pub calls: Calls,
    pub clock: Arc<dyn Clock>,
    queues: SqliteBackend,
    running: JoinSet<()>,
}

impl Host {
    /// Opens the data folder, listens on `port` (0 for any free port) and starts to work.
    pub async fn start(config: HostConfig, port: u16) -> anyhow::Result<Self> {
        let mut host = Self::listen(config, port).await?;
        host.work();
        Ok(host)
    }

    /// Starts to work on what is in the queues and due.
    pub fn work(&mut self) {
        workers::start(&self.functions, &self.queues, &mut self.running);
        self.running.spawn(clock_watch::watch(self.backend.clone(), Arc::clone(&self.clock)));
    }

    /// Opens the data folder and listens on `port` (0 for any free port): shops can be connected, and webhooks and commands
    /// are taken. Nothing is worked on yet.
    pub async fn listen(config: HostConfig, port: u16) -> anyhow::Result<Self> {
        install_tls();
        if let Some(smtp) = &config.smtp {
            check_mail_server(smtp).await?;
        }
        let folder = config.data.clone();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let queues = control::open_for_host(&folder, &clock).await?;
        if let Some(rejected) = config.files.rejected() {
            tracing::error!("{rejected}");
        }
        if let Err(error) = config.files.keep() {
            tracing::warn!("the accepted settings can't be kept for the next start: {error:#}");
        }
        let Wiring { backend, functions, calls } = Wiring::new(config, queues.clone(), Arc::clone(&clock))?;
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .with_context(|| format!("port {port} of 127.0.0.1 can't be listened on"))?;
        let address = listener.local_addr()?;
        let mut running = JoinSet::new();
        running.spawn(http::serve(listener, Arc::clone(&functions), ServerLimits::default()));
        #[cfg(unix)]
        if let Some(listener) = control::listen(&folder) {
            let stores =
                DataStores { backend: backend.clone(), sqlite: queues.clone(), clock: Arc::clone(&clock) };
            running.spawn(control::serve(listener, stores, Services(Arc::clone(&functions))));
        }
        Ok(Self { backend, functions, address, calls, clock, queues, running })
    }

    /// Stops all work and waits until nothing runs any more.
    pub async fn stop(mut self) {
        self.running.shutdown().await;
    }
}

/// The functions on an open data folder, before anything runs.
pub(crate) struct Wiring {
    backend: Backend,
    pub(crate) functions: Arc<Functions>,
    calls: Calls,
}

impl Wiring {
    pub(crate) fn new(
        config: HostConfig,
        backend: SqliteBackend,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        install_tls();
        let backend = Backend::of(backend);
        let calls = Calls::default();
        let senders = Senders { tiktok: config.tiktok_webhooks, carriers: config.carrier_webhooks };
        let link_secret = config.tiktok.app_secret.clone();
        let tiktok = TikTok::new(
            tiktok::http_client()?,
            config.tiktok,
            Arc::clone(&clock),
            Arc::clone(&backend.secrets),
        )
        .with_observer(calls.counter("tiktok"));
        let parts = registry::ConnectorParts {
            http: carriers::http_client()?,
            clock: Arc::clone(&clock),
            counter: Some(&|kind| calls.counter(kind)),
            on_refusal: None,
        };
        let accounts = registry::connect(config.accounts, &parts);
        let notifier = LocalNotifier::new(&config.data, config.smtp, Arc::clone(&clock))
            .with_context(|| format!("alarms.jsonl in {} can't be used", config.data.display()))?;
        let mut functions = Functions::new(FunctionParts {
            backend: backend.clone(),
            tiktok,
            accounts,
            clock: Arc::clone(&clock),
            random: Arc::new(SystemRandom),
            rules: config.rules,
            dispatch_rules: config.dispatch_rules,
            settings: Arc::new(config.settings),
            rejected_settings: config.files.rejected(),
            notifier: Arc::new(notifier),
            pace: config.pace,
            senders,
            link_secret,
        });
        // The data folder is locked: nobody else is working on it.
        functions.label_create = functions.label_create.alone_since(clock.now());
        Ok(Self { backend, functions: Arc::new(functions), calls })
    }
}

/// Asks the mail server whether it would accept a message. One that does not answer is no reason not to ship: alarms also go
/// to the terminal and the file, and e-mails are tried again.
async fn check_mail_server(smtp: &Smtp) -> anyhow::Result<()> {
    match smtp.check().await {
        Ok(()) => Ok(()),
        Err(refused @ NotReady::Refused(_)) => Err(refused.into()),
        Err(unreachable @ NotReady::Unreachable(_)) => {
            tracing::warn!("{unreachable}");
            Ok(())
        }
    }
}

/// Chooses the cryptography of TLS, once per process.
pub(crate) fn install_tls() {
    // An error means that it was chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
