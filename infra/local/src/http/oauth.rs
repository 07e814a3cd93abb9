//! The pages on which a seller's shops are connected.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Private;
use serde::Deserialize;
use shop_authorization::{BrowserResponse, BrowserSession, Callback};

use crate::functions::Functions;

/// The query of a connect link.
#[derive(Default, Deserialize)]
pub struct StartQuery {
    ticket: Option<String>,
}

/// `GET /oauth/tiktok/start`: sends a seller with a valid ticket to TikTok's consent page.
pub async fn start(
    State(functions): State<Arc<Functions>>,
    headers: HeaderMap,
    query: Result<Query<StartQuery>, QueryRejection>,
) -> Response {
    let StartQuery { ticket } = query.map(|Query(query)| query).unwrap_or_default();
    respond(functions.shop_authorization.start(ticket.as_deref(), &browser(&headers)).await)
}

/// The query with which TikTok sends the seller back.
#[derive(Default, Deserialize)]
pub struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// `GET /oauth/tiktok/callback`: connects the shops of a seller who comes back from TikTok.
pub async fn callback(
    State(functions): State<Arc<Functions>>,
    headers: HeaderMap,
    query: Result<Query<CallbackQuery>, QueryRejection>,
) -> Response {
    let CallbackQuery { code, state, error } = query.map(|Query(query)| query).unwrap_or_default();
    let callback = Callback { code: code.map(Private::new), state, error };
    respond(functions.shop_authorization.callback(&callback, &browser(&headers)).await)
}

fn browser(headers: &HeaderMap) -> BrowserSession {
    let cookies: Vec<&str> =
        headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).collect();
    let cookies = cookies.join("; ");
    if is_secure(headers) {
        BrowserSession::over_https(Some(&cookies))
    } else {
        BrowserSession::over_http(Some(&cookies))
    }
}

/// The host itself speaks plain HTTP, and only to this machine. A request for any other name has come through the proxy, which
/// speaks HTTPS; the proxy may also say so itself.
fn is_secure(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(name, _)| name);
    let is_here = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
    // In a chain of proxies, the browser's own scheme comes first.
    let forwarded = text(HeaderName::from_static("x-forwarded-proto")).unwrap_or_default();
    !is_here || forwarded.split(',').next().is_some_and(|scheme| scheme.trim() == "https")
}

fn respond(reply: BrowserResponse) -> Response {
    let BrowserResponse { status, headers, text } = reply;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, text).into_response();
    for (name, value) in headers {
        match HeaderValue::try_from(value) {
            Ok(value) => response.headers_mut().insert(HeaderName::from_static(name), value),
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::is_secure;

    #[test]
    fn only_what_comes_from_this_machine_without_a_proxy_is_plain() {
        let secure = |host: &'static str, proto: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(proto) = proto {
                headers.insert("x-forwarded-proto", HeaderValue::from_static(proto));
            }
            is_secure(&headers)
        };
        for here in ["127.0.0.1", "127.0.0.1:8080", "localhost:8080", "[::1]", "[::1]:8080"] {
            assert!(!secure(here, None), "{here}");
            assert!(!secure(here, Some("http")), "{here}");
            assert!(
                secure(here, Some("https")) && secure(here, Some("https, http")),
                "{here} behind a proxy"
            );
        }
        for elsewhere in ["shop.example", "shop.example:443", "127.0.0.1.shop.example"] {
            assert!(secure(elsewhere, None), "{elsewhere}");
        }
    }
}
