//! Sends one HTTP request and reads its answer.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Response, Url};
use serde_json::Value;
use system::Clock;

use crate::answer;
use crate::call::{ApiCall, CallName};
use crate::clock_offset::ClockOffset;
use crate::config::{TikTokConfig, TikTokTimeouts};
use crate::error::{Class, Error, Fault};
use crate::signing::{SignedParts, sign};

/// Calls without a body carry it, too: TikTok wants it on every one.
const JSON: &str = "application/json";

/// The longest answer that is read: a page of 100 orders has less than 1 MiB.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Called for every HTTP request, with the name of the call.
pub type Observer = Arc<dyn Fn(&'static str) + Send + Sync>;

/// Called when TikTok refuses the app.
pub type OnAppRefusal = Arc<dyn Fn() + Send + Sync>;

/// The way to TikTok.
#[derive(Clone)]
pub struct TikTokTransport {
    pub http: reqwest::Client,
    pub config: Arc<TikTokConfig>,
    pub clock: Arc<dyn Clock>,
    pub timeouts: TikTokTimeouts,
    pub observer: Option<Observer>,
    pub on_app_refusal: Option<OnAppRefusal>,
    pub clock_offset: ClockOffset,
}

impl TikTokTransport {
    /// Signs and sends a call once. The signature covers the present second, so that a repetition is signed anew.
    pub async fn send(&self, call: &ApiCall, token: &str) -> Result<Value, Error> {
        let timestamp = self.clock.now().as_second().to_string();
        let mut query: Vec<(&str, &str)> = call
            .query
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .filter(|(_, v)| !v.is_empty())
            .collect();
        query.push(("app_key", &self.config.app_key));
        query.push(("timestamp", &timestamp));
        let signed = SignedParts { path: &call.path, query: &query, content_type: JSON, body: &call.body };
        let sign = sign(&self.config.app_secret, &signed);
        query.push(("sign", &sign));

        let url = format!("{}{}", self.config.api_url.trim_end_matches('/'), call.path);
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .query(&query)
            .header(CONTENT_TYPE, JSON)
            .header("x-tts-access-token", token)
            .timeout(call.name.timeout(self.timeouts));
        if !call.body.is_empty() {
            request = request.body(call.body.clone());
        }
        self.exchange(call.name, request).await
    }

    /// Calls the authorization host, which takes its secrets in the query, and no signature.
    pub async fn call_auth_host(
        &self,
        name: CallName,
        path: &str,
        query: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<Value, Error> {
        let url = format!("{}{path}", self.config.auth_url.trim_end_matches('/'));
        self.exchange(name, self.http.get(url).query(query).timeout(timeout)).await
    }

    /// Fetches a file without a token or a signature.
    pub async fn download(&self, call: CallName, url: &str, bytes_max: usize) -> Result<Vec<u8>, Error> {
        let Some(url) = self.public_url(url) else { return Err(Error::lost(call, Fault::BrokenAnswer)) };
        if let Some(observer) = &self.observer {
            observer(call.as_str());
        }
        let request = self.http.get(url).timeout(call.timeout(self.timeouts));
        let response = request.send().await.map_err(|error| lost(call, error))?;
        if !response.status().is_success() {
            // It is no answer of the API, and says nothing of the app: the file may be there later.
            return Err(Error::lost(call, Fault::BrokenAnswer));
        }
        read(call, response, bytes_max).await
    }

    /// The link, if it leads to a public host over https, or to where the API itself is: a link from outside must not make
    /// this process ask its own network.
    fn public_url(&self, link: &str) -> Option<Url> {
        let url = Url::parse(link).ok()?;
        let api = Url::parse(&self.config.api_url).ok()?;
        let is_public = || {
            url.scheme() == "https"
                && url.domain().is_some_and(|host| host.contains('.') && !host.ends_with(".internal"))
        };
        (url.origin() == api.origin() || is_public()).then_some(url)
    }

    async fn exchange(&self, call: CallName, request: RequestBuilder) -> Result<Value, Error> {
        if let Some(observer) = &self.observer {
            observer(call.as_str());
        }
        let response = request.send().await.map_err(|error| lost(call, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.clock_offset.note(&headers, self.clock.now());
        let body = read(call, response, ANSWER_BYTES_MAX).await?;
        let data = answer::data(call, status, &headers, &body);
        if let (Err(error), Some(notify)) = (&data, &self.on_app_refusal)
            && error.class() == Class::AppRefused
        {
            notify();
        }
        data
    }
}

async fn read(call: CallName, mut response: Response, bytes_max: usize) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(call, error))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(Error::lost(call, Fault::BrokenAnswer));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn lost(call: CallName, error: reqwest::Error) -> Error {
    // The timeout of the whole call may expire while it connects. Only a failure to connect proves that nothing was sent.
    let fault = if error.is_connect() || error.is_builder() {
        Fault::NotSent
    } else if error.is_timeout() || !(error.is_body() || error.is_decode()) {
        Fault::NoAnswer
    } else {
        Fault::BrokenAnswer
    };
    Error::Lost { call, fault, source: Some(error.without_url()) }
}
