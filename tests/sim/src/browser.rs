//! A seller's browser: it follows redirects and keeps cookies by the rules of RFC 6265bis.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::lock::locked;

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 10;

/// A browser.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    is_https: bool,
    /// Values by host and name. Cookies know no ports.
    cookies: Mutex<BTreeMap<(String, String), String>>,
}

/// What it shows.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header, empty where there is none; `name` in small letters.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Browser {
    /// A browser on this machine, which reaches servers by plain HTTP.
    ///
    /// # Errors
    /// When the HTTP client can't be made.
    pub fn new() -> reqwest::Result<Self> {
        let client = Client::builder().redirect(Policy::none()).build()?;
        Ok(Self { client, is_https: false, cookies: Mutex::default() })
    }

    /// A browser that reaches servers by HTTPS; what ends it is left out here.
    ///
    /// # Errors
    /// When the HTTP client can't be made.
    pub fn over_https() -> reqwest::Result<Self> {
        Ok(Self { is_https: true, ..Self::new()? })
    }

    /// Opens an address, and follows where it is sent.
    ///
    /// # Errors
    /// When a server does not answer.
    pub async fn open(&self, url: &str) -> reqwest::Result<Page> {
        let mut url = url.to_owned();
        let mut page = self.visit(&url).await?;
        for _ in 0..REDIRECTS_MAX {
            let location = page.header(LOCATION.as_str());
            if location.is_empty() {
                break;
            }
            url = location.to_owned();
            page = self.visit(&url).await?;
        }
        Ok(page)
    }

    /// Opens an address, and follows no redirect.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn visit(&self, url: &str) -> reqwest::Result<Page> {
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let mut request = self.client.get(url);
        if self.is_https {
            request = request.header("x-forwarded-proto", "https");
        }
        let cookies = self.cookies_of(&host);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            self.take(&host, cookie);
        }
        Ok(Page { status, headers, text: answer.text().await? })
    }

    fn cookies_of(&self, host: &str) -> String {
        let cookies = locked(&self.cookies);
        let of_host = cookies.iter().filter(|((of, _), _)| of == host);
        of_host.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Keeps a cookie unless the rules say that it is ignored.
    fn take(&self, host: &str, cookie: &str) {
        let mut parts = cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
        let has = |attribute: &str| attributes.iter().any(|of| of == attribute);
        let is_secure = has("secure");
        if is_secure && !self.is_https {
            return;
        }
        let is_of_host = is_secure && has("path=/") && !attributes.iter().any(|of| of.starts_with("domain="));
        if name.starts_with("__Host-") && !is_of_host {
            return;
        }
        locked(&self.cookies).insert((host.to_owned(), name.to_owned()), value.to_owned());
    }
}
