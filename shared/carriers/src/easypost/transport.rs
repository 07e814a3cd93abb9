//! Sending a call and taking its answer, whatever it says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, RETRY_AFTER};
use reqwest::{Client, Method, Request, Response, StatusCode, Url};
use serde::Serialize;
use system::Clock;
use throttle::{Limiter, RateLimits};
use tokio::sync::Semaphore;

use super::config::EasyPostConfig;
use crate::{AccountRefused, CallCounter, CarrierCall, CarrierError, UnknownOutcome};

/// Further attempts at a GET. Nothing else is repeated here.
const GET_RETRIES_MAX: u32 = 2;
/// The first pause between two attempts at a GET; it doubles.
const GET_RETRY_PAUSE_MS: u64 = 200;
/// When to try again after no connection could be made.
const PAUSE_UNSENT: Duration = Duration::from_secs(2);
/// When to try again after no place got free.
const PAUSE_NO_PLACE: Duration = Duration::from_secs(1);
/// EasyPost gives no numbers: what it takes moves with its load.
const LIMITS: RateLimits = RateLimits { first: 200.0, most: 1000.0, wait_max: Duration::from_secs(5) };
/// The account of the key, for the limiter: a connector has one.
const ACCOUNT: &str = "easypost";
/// Further attempts at a call that was throttled and costs nothing. Where throttling is random, hardly any order notices.
const THROTTLED_RETRIES_MAX: u32 = 3;
/// An answer of 59 rates has 39 KB.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// An answer that is not judged yet.
pub(super) struct HttpAnswer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

pub(super) struct EasyPostTransport {
    http: Client,
    config: EasyPostConfig,
    places: Semaphore,
    limiter: Limiter,
    counter: Option<CallCounter>,
    on_refusal: Option<AccountRefused>,
}

impl EasyPostTransport {
    pub(super) fn new(http: Client, config: EasyPostConfig, clock: Arc<dyn Clock>) -> Self {
        let places = Semaphore::new(config.concurrency_max.clamp(1, Semaphore::MAX_PERMITS));
        let limiter = Limiter::new(clock, LIMITS);
        Self { http, config, places, limiter, counter: None, on_refusal: None }
    }

    pub(super) fn count_with(&mut self, counter: CallCounter) {
        self.counter = Some(counter);
    }

    pub(super) fn report_refusals_to(&mut self, on_refusal: AccountRefused) {
        self.on_refusal = Some(on_refusal);
    }

    /// Reads; repeats after a server's fault or a broken connection.
    pub(super) async fn get(
        &self,
        call: CarrierCall,
        path: &[&str],
        query: Option<&str>,
    ) -> Result<HttpAnswer, CarrierError> {
        let mut url = self.url(path);
        url.set_query(query);
        repeating(|| self.send(call, Request::new(Method::GET, url.clone()))).await
    }

    /// Sends the request once: what pays or changes something is never repeated.
    pub(super) async fn post<B: Serialize + Sync>(
        &self,
        call: CarrierCall,
        path: &[&str],
        body: Option<&B>,
    ) -> Result<HttpAnswer, CarrierError> {
        let mut request = self.http.post(self.url(path));
        if let Some(body) = body {
            request = request.json(body);
        }
        let request = request.build().map_err(|source| not_sent(call, source))?;
        self.send(call, request).await
    }

    /// Fetches a file without the key: it lies on another host. Plain http is for local stand-ins only.
    pub(super) async fn download(&self, url: &str, bytes_max: usize) -> Result<HttpAnswer, CarrierError> {
        let call = CarrierCall::DownloadLabel;
        let broken = |what| CarrierError::Unknown { call, cause: UnknownOutcome::Broken(what) };
        let url = Url::parse(url).map_err(|_| broken("the label's URL is invalid"))?;
        if url.scheme() != "https" && url.scheme() != self.config.url.scheme() {
            return Err(broken("the label's URL is not https"));
        }
        repeating(|| self.exchange(call, Request::new(Method::GET, url.clone()), bytes_max)).await
    }

    /// Sends when it is the account's turn. A throttled call was not carried out: one that costs nothing takes another
    /// turn, while that comes soon.
    async fn send(&self, call: CarrierCall, mut request: Request) -> Result<HttpAnswer, CarrierError> {
        let throttled = |after| CarrierError::NotSent { call, after, source: None };
        request.headers_mut().insert(AUTHORIZATION, self.config.authorization.clone());
        let mut retries = 0;
        loop {
            let place = tokio::time::timeout(self.config.timeouts.place, self.places.acquire()).await;
            let Ok(Ok(_place)) = place else { return Err(throttled(PAUSE_NO_PLACE)) };
            self.limiter.admit(ACCOUNT).await.map_err(throttled)?;
            let again =
                request.try_clone().filter(|_| call.is_repeatable() && retries < THROTTLED_RETRIES_MAX);
            match self.exchange(call, request, ANSWER_BYTES_MAX).await {
                Err(CarrierError::NotSent { after, source: None, .. }) if after <= LIMITS.wait_max => {
                    request = again.ok_or_else(|| throttled(after))?;
                    retries += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn exchange(
        &self,
        call: CarrierCall,
        mut request: Request,
        bytes_max: usize,
    ) -> Result<HttpAnswer, CarrierError> {
        *request.timeout_mut() = Some(self.timeout(call));
        if let Some(counter) = &self.counter {
            counter(call.name());
        }
        let begun = Instant::now();
        let response = self.http.execute(request).await.map_err(|source| failed(call, source))?;
        let status = response.status();
        tracing::debug!(
            call = call.name(),
            status = status.as_u16(),
            elapsed_ms = begun.elapsed().as_millis(),
            "the carrier answered"
        );
        if call != CarrierCall::DownloadLabel {
            if status == StatusCode::TOO_MANY_REQUESTS {
                let after = self.limiter.refused(ACCOUNT, asked_pause(&response));
                return Err(CarrierError::NotSent { call, after, source: None });
            }
            self.limiter.succeeded(ACCOUNT);
            if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
                && let Some(on_refusal) = &self.on_refusal
            {
                on_refusal();
            }
        }
        let body = read(response, bytes_max).await.map_err(|cause| CarrierError::Unknown { call, cause })?;
        Ok(HttpAnswer { status, body })
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.config.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v2").extend(path);
        }
        url
    }

    fn timeout(&self, call: CarrierCall) -> Duration {
        let timeouts = &self.config.timeouts;
        match call {
            CarrierCall::Quote | CarrierCall::Requote => timeouts.quote,
            CarrierCall::Buy => timeouts.buy,
            CarrierCall::DownloadLabel => timeouts.download,
            CarrierCall::VerifyAddress
            | CarrierCall::Read
            | CarrierCall::Void
            | CarrierCall::Track
            | CarrierCall::ConvertLabel => timeouts.other,
        }
    }
}

async fn repeating<F>(attempt: impl Fn() -> F + Send) -> Result<HttpAnswer, CarrierError>
where
    F: Future<Output = Result<HttpAnswer, CarrierError>> + Send,
{
    let mut pause_ms = GET_RETRY_PAUSE_MS;
    for _ in 0..GET_RETRIES_MAX {
        let outcome = attempt().await;
        if !is_worth_repeating(&outcome) {
            return outcome;
        }
        tokio::time::sleep(Duration::from_millis(pause_ms + fastrand::u64(0..=pause_ms))).await;
        pause_ms *= 2;
    }
    attempt().await
}

fn is_worth_repeating(outcome: &Result<HttpAnswer, CarrierError>) -> bool {
    match outcome {
        Ok(answer) => matches!(answer.status.as_u16(), 500 | 502 | 503 | 504),
        Err(CarrierError::NotSent { source, .. }) => source.is_some(),
        Err(CarrierError::Unknown { cause: UnknownOutcome::Transport(error), .. }) => !error.is_timeout(),
        Err(_) => false,
    }
}

/// Only a connection that was never made proves that nothing was sent.
fn failed(call: CarrierCall, source: reqwest::Error) -> CarrierError {
    if source.is_connect() || source.is_builder() {
        not_sent(call, source)
    } else {
        CarrierError::Unknown { call, cause: UnknownOutcome::Transport(source.without_url()) }
    }
}

fn not_sent(call: CarrierCall, source: reqwest::Error) -> CarrierError {
    CarrierError::NotSent { call, after: PAUSE_UNSENT, source: Some(source.without_url()) }
}

/// `Retry-After` in seconds. Its other form, a date, is left to the rate.
fn asked_pause(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

async fn read(mut response: Response, bytes_max: usize) -> Result<Bytes, UnknownOutcome> {
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|source| UnknownOutcome::Transport(source.without_url()))?
    {
        if body.len() + chunk.len() > bytes_max {
            return Err(UnknownOutcome::Broken("it is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}
