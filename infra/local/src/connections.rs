//! The connections of the HTTP server: each must send its request in time, and there are never too many.
//!
//! The peer's address says nothing: all connections come from the proxy in front of the server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use webhook_intake::Refusals;
use workflow::error_chain;

/// The limits of the server.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// The time for the headers of a request, from the end of the one before: an idle connection is closed after it.
    pub headers: Duration,
    /// The time for the body of a request.
    pub body: Duration,
    /// The time for the answer to a webhook. TikTok waits for three seconds.
    pub answer: Duration,
    /// The most connections. One more closes the oldest that is not being answered.
    pub connections: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(10),
            body: Duration::from_secs(5),
            answer: Duration::from_secs(2),
            connections: 256,
        }
    }
}

/// The pause after a connection could not be accepted, for example because too many files are open.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// Serves until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: ServerLimits) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.headers);
    let mut connections = Connections { limits, ..Connections::default() };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => connections.take(&builder, stream, &router),
            Err(error) => {
                tracing::error!(error = error_chain(&error), "connections can't be accepted");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// True while a request of the connection is being answered: it is read to its end.
#[derive(Clone, Default)]
struct Answering(Arc<AtomicBool>);

struct Connection {
    answering: Answering,
    task: AbortHandle,
}

#[derive(Default)]
struct Connections {
    limits: ServerLimits,
    open: BTreeMap<u64, Connection>,
    next: u64,
    tasks: JoinSet<()>,
}

impl Connections {
    fn take(&mut self, builder: &http1::Builder, stream: TcpStream, router: &Router) {
        while self.tasks.try_join_next().is_some() {}
        if self.open.len() >= self.limits.connections && !self.make_room() {
            // All are being answered, which takes a moment; a client that is turned away tries again.
            return;
        }
        let answering = Answering::default();
        let router = TowerToHyperService::new(router.clone());
        let of_connection = answering.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(of_connection.clone());
            router.call(request)
        });
        let serving = builder.serve_connection(TokioIo::new(stream), service);
        let task = self.tasks.spawn(async move {
            // A connection that breaks or times out is the peer's problem.
            if let Err(error) = serving.await {
                tracing::debug!(error = error_chain(&error), "connection ended");
            }
        });
        self.open.insert(self.next, Connection { answering, task });
        self.next += 1;
    }

    /// Forgets connections that have ended, or else closes the oldest that is not being answered. False when there is none.
    fn make_room(&mut self) -> bool {
        self.open.retain(|_, connection| !connection.task.is_finished());
        if self.open.len() < self.limits.connections {
            return true;
        }
        let idle = |connection: &Connection| !connection.answering.0.load(Ordering::Relaxed);
        let oldest = self.open.iter().find(|(_, connection)| idle(connection)).map(|(id, _)| *id);
        let closed = oldest.and_then(|id| self.open.remove(&id));
        closed.is_some_and(|connection| {
            connection.task.abort();
            true
        })
    }
}

/// Reads the body of a request, within its time limit, before anything else is done. An unreadable body gets an empty answer.
pub(crate) async fn whole_body(
    State((time, refusals)): State<(Duration, Arc<Refusals>)>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let answering = parts.extensions.get::<Answering>().cloned().unwrap_or_default();
    let read = Bytes::from_request(Request::from_parts(parts.clone(), body), &());
    let bytes = match timeout(time, read).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(rejection)) => {
            refusals.note("the body of a request can't be read");
            return rejection.status().into_response();
        }
        Err(_) => {
            refusals.note("the body of a request did not arrive in time");
            let close = (header::CONNECTION, HeaderValue::from_static("close"));
            return (StatusCode::REQUEST_TIMEOUT, [close]).into_response();
        }
    };
    answering.0.store(true, Ordering::Relaxed);
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    answering.0.store(false, Ordering::Relaxed);
    response
}

/// Answers 503 when the answer takes longer: the sender tries again, while nobody would read a late answer.
pub(crate) async fn in_time(State(time): State<Duration>, request: Request, next: Next) -> Response {
    timeout(time, next.run(request)).await.unwrap_or_else(|_| {
        tracing::error!(seconds = time.as_secs(), "a webhook was not answered in time");
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    })
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::extract::DefaultBodyLimit;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Far longer than any test takes.
    const NEVER: Duration = Duration::from_secs(600);
    const SOON: Duration = Duration::from_millis(200);

    fn patient() -> ServerLimits {
        ServerLimits { headers: NEVER, body: NEVER, answer: NEVER, connections: 256 }
    }

    /// How many requests of `/slow` have come.
    static SLOW: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(0);

    /// One request at a time is sent there, so that each test counts its own.
    static SLOW_SENDS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    /// A request that is being answered when this returns.
    async fn busy(address: SocketAddr) -> TcpStream {
        let _alone = SLOW_SENDS.lock().await;
        let stream = send(address, &posting("/slow", "")).await;
        SLOW.acquire().await.unwrap().forget();
        stream
    }

    /// A server that answers with the length of the body; at `/slow` it never does.
    async fn server(limits: ServerLimits) -> (SocketAddr, AbortHandle) {
        let router = Router::new()
            .route("/", post(async |body: Bytes| body.len().to_string()))
            .route(
                "/slow",
                post(async || {
                    SLOW.add_permits(1);
                    std::future::pending::<()>().await
                }),
            )
            .layer(from_fn_with_state(limits.answer, in_time))
            .layer(from_fn_with_state((limits.body, Arc::<Refusals>::default()), whole_body))
            .layer(DefaultBodyLimit::max(100));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (address, tokio::spawn(serve(listener, router, limits)).abort_handle())
    }

    async fn send(address: SocketAddr, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// Everything until the server closes.
    async fn to_its_end(mut stream: TcpStream) -> String {
        let mut text = String::new();
        let read = timeout(Duration::from_secs(30), stream.read_to_string(&mut text)).await;
        // An abort may look like a reset.
        let _ = read.expect("the server closes the connection");
        text
    }

    fn posting(path: &str, body: &str) -> String {
        format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    #[tokio::test]
    async fn headers_that_do_not_come_close_the_connection() {
        let (address, _server) = server(ServerLimits { headers: SOON, ..patient() }).await;
        assert!(to_its_end(send(address, &posting("/", "abc")).await).await.ends_with("\r\n\r\n3"));
        for begun in ["", "POST / HTTP/1.1\r\nhost: a\r\nx-", "POST / HTTP/1.1\r\nhost: a\r\n"] {
            let answer = to_its_end(send(address, begun).await).await;
            assert!(!answer.contains("200"), "{begun:?}: {answer}");
        }
        // So does the next request on a connection that was kept.
        let kept = send(address, &posting("/", "abc").replace("connection: close\r\n", "")).await;
        assert!(to_its_end(kept).await.ends_with("\r\n\r\n3"));
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_answered_and_closed() {
        let (address, _server) = server(ServerLimits { body: SOON, ..patient() }).await;
        let text = posting("/", "abcdef");
        let answer = to_its_end(send(address, &text[..text.len() - 3]).await).await;
        assert!(answer.starts_with("HTTP/1.1 408") && answer.ends_with("\r\n\r\n"), "{answer}");
        let large = to_its_end(send(address, &posting("/", &"x".repeat(101))).await).await;
        assert!(large.starts_with("HTTP/1.1 413") && large.ends_with("\r\n\r\n"), "{large}");
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_503() {
        let (address, _server) = server(ServerLimits { answer: SOON, ..patient() }).await;
        let answer = to_its_end(busy(address).await).await;
        assert!(answer.starts_with("HTTP/1.1 503") && answer.ends_with("\r\n\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn idle_connections_beyond_the_limit_are_closed_and_requests_answered() {
        let (address, _server) = server(ServerLimits { connections: 4, ..patient() }).await;
        let answered = busy(address).await;
        let mut idle = Vec::new();
        for n in 0..20 {
            // Idle from the start, within its headers, within its body.
            let text = posting("/", "abc");
            idle.push(send(address, &text[..[0, 20, text.len() - 1][n % 3]]).await);
            assert!(to_its_end(send(address, &text).await).await.ends_with("\r\n\r\n3"), "request {n}");
        }
        // The oldest are closed; what is being answered is not.
        for stream in idle.drain(..16) {
            to_its_end(stream).await;
        }
        let mut byte = [0];
        let read = timeout(SOON, answered.readable()).await;
        assert!(read.is_err() || answered.try_read(&mut byte).is_err(), "it is still being answered");
    }

    #[tokio::test]
    async fn when_all_are_being_answered_one_more_is_closed() {
        let (address, _server) = server(ServerLimits { connections: 2, answer: SOON * 5, ..patient() }).await;
        let both = [busy(address).await, busy(address).await];
        assert_eq!(to_its_end(send(address, &posting("/", "abc")).await).await, "");
        for stream in both {
            assert!(to_its_end(stream).await.starts_with("HTTP/1.1 503"), "it was let be");
        }
        assert!(to_its_end(send(address, &posting("/", "abc")).await).await.ends_with("\r\n\r\n3"));
    }
}
