//! Signed requests to services whose SDKs are left out. The signing crate is the SDK's own.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningInstructions,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use domain::Timestamp;
use reqwest::Method;
use system::{Clock as _, SystemClock};

/// Signs and sends requests to one service.
#[derive(Clone, Debug)]
pub(crate) struct SigningClient {
    pub(crate) http: reqwest::Client,
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
    /// The service's name in a signature, for example `s3`.
    pub(crate) service: &'static str,
}

/// A request to be signed, without its body.
pub(crate) struct AwsRequest<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
}

/// A response, with whatever status.
pub(crate) struct AwsResponse {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Why a request has no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoResponse {
    /// The request was not sent: a header or the address is malformed.
    Malformed,
    /// No connection was made, so the request was not sent.
    NotConnected,
    /// Time ran out. Whether the request was carried out is unknown.
    TimedOut,
    /// The connection broke. Whether the request was carried out is unknown.
    Broken,
}

impl NoResponse {
    /// The reason, for an error.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Malformed => "the request can't be made",
            Self::NotConnected => "no connection was made",
            Self::TimedOut => "no answer in time",
            Self::Broken => "the connection broke",
        }
    }

    fn of(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            Self::Malformed
        } else if error.is_connect() {
            Self::NotConnected
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Broken
        }
    }
}

impl SigningClient {
    /// Sends a request once and reads the whole response.
    pub(crate) async fn send(
        &self,
        call: &AwsRequest<'_>,
        body: &[u8],
        timeout: Duration,
    ) -> Result<AwsResponse, NoResponse> {
        let signed = self.sign(call, SignableBody::Bytes(body), self.settings(), SystemClock.now())?;
        let mut send = self.http.request(call.method.clone(), call.url).timeout(timeout).body(body.to_vec());
        for (name, value) in call.headers {
            send = send.header(*name, *value);
        }
        for header in signed.into_parts().0 {
            send = send.header(header.name(), header.value());
        }
        let answer = send.send().await.map_err(|error| NoResponse::of(&error))?;
        let status = answer.status().as_u16();
        let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.map(str::to_owned);
        let body = answer.bytes().await.map_err(|error| NoResponse::of(&error))?.to_vec();
        Ok(AwsResponse { status, content_type, body })
    }

    /// How the service expects signatures. S3 expects the body's checksum as a header, and the path as it is sent.
    pub(crate) fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.service == "s3" {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        settings
    }

    pub(crate) fn sign(
        &self,
        call: &AwsRequest<'_>,
        body: SignableBody<'_>,
        settings: SigningSettings,
        now: Timestamp,
    ) -> Result<SigningInstructions, NoResponse> {
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(now.into())
            .settings(settings)
            .build()
            .map_err(|_| NoResponse::Malformed)?
            .into();
        let headers = call.headers.iter().copied();
        let signable = SignableRequest::new(call.method.as_str(), call.url, headers, body);
        let signed = signable.and_then(|signable| sign(signable, &params));
        Ok(signed.map_err(|_| NoResponse::Malformed)?.into_parts().0)
    }
}

/// Text in a path, a query or a form, as AWS encodes it: all but unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The text of the first XML element with this name.
pub(crate) fn element(xml: &[u8], name: &str) -> Option<String> {
    let xml = String::from_utf8_lossy(xml);
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{element, encode};

    #[test]
    fn text_is_encoded_as_aws_does() {
        assert_eq!(encode("a-b._~ +/&=%(é)\n"), "a-b._~%20%2B%2F%26%3D%25%28%C3%A9%29%0A");
    }

    #[test]
    fn an_errors_code_is_read() {
        let xml = b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Key>k</Key></Error>";
        assert_eq!(element(xml, "Code").as_deref(), Some("NoSuchKey"));
        assert_eq!(element(b"<html>", "Code"), None);
        assert_eq!(element(b"<Code>NoSuch", "Code"), None);
    }
}
