//! The SDK's requests over the HTTP client that all other calls use: one TLS configuration and one connection pool for each
//! process. The SDK's own client would read the machine's certificates again at every start.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

/// The header in which the SDK passes on how many runs have led to this one. Lambda stops a chain of about 16 runs as an endless
/// loop, and a message that waits for an outside service returns to its queue more often than that.
const LINEAGE: &str = "x-amzn-trace-id";

/// An HTTP client for the SDK. The SDK applies the timeout of an attempt by dropping the call.
#[derive(Clone, Debug)]
pub(crate) struct HttpOverReqwest {
    client: reqwest::Client,
}

impl HttpOverReqwest {
    pub(crate) fn new(client: reqwest::Client) -> Self {
        Self { client }
    }
}

impl HttpClient for HttpOverReqwest {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for HttpOverReqwest {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.client.clone();
        HttpConnectorFuture::new(async move {
            let request = convert(request)?;
            let answer = client.execute(request).await.map_err(fault)?;
            let status = StatusCode::try_from(answer.status().as_u16())
                .map_err(|error| ConnectorError::other(error.into(), None))?;
            let headers = answer.headers().clone();
            // Every response is read as a whole anyway; the largest have 16 MB.
            let body = answer.bytes().await.map_err(fault)?;
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            for (name, value) in &headers {
                if let Ok(value) = value.to_str() {
                    response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
                }
            }
            Ok(response)
        })
    }
}

fn convert(mut request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    // This header is not signed.
    request.headers_mut().remove(LINEAGE);
    // The backend sends no streams, which could not be repeated.
    let Some(bytes) = request.body().bytes().map(<[u8]>::to_vec) else {
        return Err(ConnectorError::user("a streamed body can't be sent".into()));
    };
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let request = request.map(|_| bytes);
    reqwest::Request::try_from(request).map_err(|error| ConnectorError::user(error.into()))
}

fn fault(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
