//! The host: backend, functions, workers and HTTP server in one process.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use backend::Backend;
use backend_sqlite::SqliteBackend;
use carriers::{Carrier, EasyPost, easypost};
use system::{Clock, SystemClock, SystemRandom};
use tiktok::TikTok;
use tiktok::webhook::WebhookVerifier;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use webhook_intake::Senders;

use crate::calls::Calls;
use crate::config::Config;
use crate::connections::ServerLimits;
use crate::functions::{Functions, Parts};
use crate::notify::{LocalNotifier, NotReady, Smtp};
use crate::{http, workers};

/// A running host. It stops when it is dropped; what it was at is taken up by the next one.
pub struct Host {
    /// The backend, to look into.
    pub backend: Backend,
    /// The functions, to connect a shop by hand.
    pub functions: Arc<Functions>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Calls to the outside.
    pub calls: Calls,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    queues: SqliteBackend,
    running: JoinSet<()>,
}

impl Host {
    /// Opens the data folder, listens on `port` (0 for any free one) and starts to work.
    pub async fn start(config: Config, port: u16) -> anyhow::Result<Self> {
        let mut host = Self::listen(config, port).await?;
        host.work();
        Ok(host)
    }

    /// Starts to work on what is in the queues and due.
    pub fn work(&mut self) {
        workers::start(&self.functions, &self.queues, &mut self.running);
    }

    /// Opens the data folder and listens on `port` (0 for any free one): shops can be connected and webhooks are
    /// taken, and nothing is worked on yet.
    pub async fn listen(config: Config, port: u16) -> anyhow::Result<Self> {
        install_tls();
        if let Some(smtp) = &config.smtp {
            mail_is_ready(smtp).await?;
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let queues = SqliteBackend::open(&config.data, Arc::clone(&clock))?;
        let backend = Backend::of(queues.clone());
        let calls = Calls::default();
        let senders = Senders {
            tiktok: WebhookVerifier::new(
                config.tiktok.app_key.clone(),
                vec![config.tiktok.app_secret.clone()],
            ),
            easypost_secrets: config.easypost_webhook_secret.clone().into_iter().collect(),
        };
        let link_secret = config.tiktok.app_secret.clone();
        let tiktok = TikTok::new(
            tiktok::http_client()?,
            config.tiktok,
            Arc::clone(&clock),
            Arc::clone(&backend.secrets),
        )
        .with_observer(calls.counter("tiktok"));
        let easypost_config =
            easypost::Config::new(&config.easypost.url, &config.easypost.key).context("EASYPOST_API_KEY")?;
        let carrier: Arc<dyn Carrier> = Arc::new(
            EasyPost::new(carriers::http_client()?, easypost_config, Arc::clone(&clock))
                .counting(calls.counter("easypost")),
        );
        let notifier = LocalNotifier::new(&config.data, config.smtp, Arc::clone(&clock))
            .with_context(|| format!("alarms.jsonl in {} can't be used", config.data.display()))?;
        let mut functions = Functions::new(Parts {
            backend: backend.clone(),
            tiktok,
            carrier,
            clock: Arc::clone(&clock),
            random: Arc::new(SystemRandom),
            rules: config.rules,
            dispatch_rules: config.dispatch_rules,
            settings: Arc::new(config.settings),
            notifier: Arc::new(notifier),
            pace: config.pace,
            senders,
            link_secret,
        });
        // The data folder is locked: nobody else works on it.
        functions.label_create = functions.label_create.alone_since(clock.now());
        let functions = Arc::new(functions);

        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .with_context(|| format!("port {port} of 127.0.0.1 can't be listened on"))?;
        let address = listener.local_addr()?;
        let mut running = JoinSet::new();
        running.spawn(http::serve(listener, Arc::clone(&functions), ServerLimits::default()));
        Ok(Self { backend, functions, address, calls, clock, queues, running })
    }

    /// Stops all work and waits until nothing runs any more.
    pub async fn stop(mut self) {
        self.running.shutdown().await;
    }
}

/// Asks the mail server whether it would take a message. One that is not there is no reason not to ship: alarms are also
/// on the terminal and in the file, and e-mails are tried again.
async fn mail_is_ready(smtp: &Smtp) -> anyhow::Result<()> {
    match smtp.check().await {
        Ok(()) => Ok(()),
        Err(refused @ NotReady::Refused(_)) => Err(refused.into()),
        Err(unreachable @ NotReady::Unreachable(_)) => {
            tracing::warn!("{unreachable}");
            Ok(())
        }
    }
}

/// Chooses the cryptography of TLS, once a process.
pub(crate) fn install_tls() {
    // An error means that it was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
