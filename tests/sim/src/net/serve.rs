//! Runs a service on a port, with faults around it.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::line::{CuttableListener, Line};
use super::{Answer, Request};
use crate::faults::{CallKind, Faults, Outcome};
use crate::{Error, Result};

/// No call of either provider needs more.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A provider: names each call and answers it.
pub(crate) trait Service: Send + Sync + 'static {
    /// Which call this is.
    fn kind(&self, request: &Request) -> CallKind;
    /// Performs the call.
    fn answer(self: Arc<Self>, request: Request) -> impl Future<Output = Answer> + Send;
    /// What this provider answers when it refuses with a bare HTTP status.
    fn refusal(&self, status: StatusCode) -> Answer;
}

/// A service on a port; stops when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    url: String,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Binds 127.0.0.1 (port 0: any free port).
    pub(crate) async fn bind(port: u16) -> Result<(Self, CuttableListener)> {
        let bind = |source| Error::Bind { port, source };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(bind)?;
        let url = format!("http://{}", listener.local_addr().map_err(bind)?);
        Ok((Self { url, stop: watch::Sender::new(false) }, CuttableListener(listener)))
    }

    /// Serves in the background.
    pub(crate) fn serve<S: Service>(&self, listener: CuttableListener, service: Arc<S>, faults: Faults) {
        let shared = Arc::new(Shared { service, faults, stopped: self.stop.subscribe() });
        let app = Router::new().fallback(handle::<S>).with_state(shared);
        let stopped = self.stopped();
        tokio::spawn(async move {
            let served = axum::serve(listener, app.into_make_service_with_connect_info::<Line>())
                .with_graceful_shutdown(stopped)
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "A simulator stopped serving.");
            }
        });
    }

    /// `http://127.0.0.1:port`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Closes the listener and its connections.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Completes when the server stops.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        wait(self.stop.subscribe())
    }
}

async fn wait(mut stop: watch::Receiver<bool>) {
    // An error means that the server was dropped, which stops it as well.
    let _ = stop.wait_for(|stopped| *stopped).await;
}

struct Shared<S> {
    service: Arc<S>,
    faults: Faults,
    stopped: watch::Receiver<bool>,
}

async fn handle<S: Service>(
    State(shared): State<Arc<Shared<S>>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: axum::extract::Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return shared.service.refusal(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    let request = Request::new(parts.method, &parts.uri, parts.headers, body);
    let call = shared.faults.begin(shared.service.kind(&request));
    let stopped = shared.stopped.clone();
    let service = shared.service.clone();
    // A task of its own: a real service finishes what it has begun when its client hangs up.
    let work = tokio::spawn(async move {
        let refusing = service.clone();
        call.perform(|| service.answer(request), |status| refusing.refusal(status)).await
    });
    let outcome = tokio::select! {
        outcome = work => outcome.unwrap_or(Outcome::Cut),
        () = wait(stopped.clone()) => Outcome::Cut,
    };
    match outcome {
        Outcome::Answer(answer) => answer.into_response(),
        Outcome::OrderGap => {
            wait(stopped).await;
            line.cut();
            Response::default()
        }
        Outcome::Cut => {
            line.cut();
            Response::default()
        }
    }
}
