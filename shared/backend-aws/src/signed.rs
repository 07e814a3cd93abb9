//! Requests to services whose SDKs are left out, signed by the crate that signs the SDK's.

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

/// Who signs, for which service, and over which client the requests go.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) http: reqwest::Client,
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
    /// The service's name in a signature: `s3`.
    pub(crate) service: &'static str,
}

/// A request that is to be signed.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
}

/// An answer, whatever it says.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The request can't be made: a header or the address can't be sent.
    Malformed,
    /// Nobody was reached.
    NotConnected,
    /// The time was over.
    TimedOut,
    /// The connection broke.
    Broken,
}

impl Lost {
    /// In words, for an error.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Malformed => "the request can't be made",
            Self::NotConnected => "nobody was reached",
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

impl Signed {
    /// Sends a request once and reads the whole answer.
    pub(crate) async fn send(&self, call: &Call<'_>, body: &[u8], timeout: Duration) -> Result<Answer, Lost> {
        let signed = self.sign(call, SignableBody::Bytes(body), self.settings(), SystemClock.now())?;
        let mut send = self.http.request(call.method.clone(), call.url).timeout(timeout).body(body.to_vec());
        for (name, value) in call.headers {
            send = send.header(*name, *value);
        }
        for header in signed.into_parts().0 {
            send = send.header(header.name(), header.value());
        }
        let answer = send.send().await.map_err(|error| Lost::of(&error))?;
        let status = answer.status().as_u16();
        let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.map(str::to_owned);
        let body = answer.bytes().await.map_err(|error| Lost::of(&error))?.to_vec();
        Ok(Answer { status, content_type, body })
    }

    /// How the service wants to be signed. S3 wants the body's sum as a header, and the path as it is sent.
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
        call: &Call<'_>,
        body: SignableBody<'_>,
        settings: SigningSettings,
        now: Timestamp,
    ) -> Result<SigningInstructions, Lost> {
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(now.into())
            .settings(settings)
            .build()
            .map_err(|_| Lost::Malformed)?
            .into();
        let headers = call.headers.iter().copied();
        let signable = SignableRequest::new(call.method.as_str(), call.url, headers, body);
        let signed = signable.and_then(|signable| sign(signable, &params));
        Ok(signed.map_err(|_| Lost::Malformed)?.into_parts().0)
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

/// What stands in an answer's XML between the first tags of this name.
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
