//! A bucket of S3: objects are put, got, and linked to.
//!
//! Three calls are all that is wanted of S3. Its SDK would make the one function that keeps labels half as large again,
//! over what a function may weigh, and takes longer to compile than the rest of the engine. So the requests are made
//! here, and signed by the crate that signs the SDK's.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use engine::{Clock as _, SystemClock};
use reqwest::{Method, StatusCode};

use crate::error::Failed;

/// All attempts of a request. Each of them may be repeated: an object is put whole, under its name.
const ATTEMPTS_MAX: u32 = 4;
/// The pause before the first repetition; it doubles.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
/// Time for one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// "The maximum expiration time for a presigned URL is 7 days".
const LINK_VALID_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The code of an answer about an object that is not there.
pub(crate) const NO_SUCH_KEY: &str = "NoSuchKey";

/// A bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub(crate) http: reqwest::Client,
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
    /// The address of the bucket, without a slash at its end.
    pub(crate) url: String,
}

/// An object.
pub(crate) struct Object {
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_type: Option<String>,
}

impl Bucket {
    /// Puts an object, replacing what was there.
    pub(crate) async fn put(&self, key: &str, content_type: &str, bytes: &[u8]) -> Result<(), Failed> {
        let headers = [("content-type", content_type)];
        self.send("PutObject", Method::PUT, key, &headers, bytes).await.map(drop)
    }

    /// The object.
    pub(crate) async fn get(&self, key: &str) -> Result<Object, Failed> {
        self.send("GetObject", Method::GET, key, &[], b"").await
    }

    /// A link to an object, valid from now on for `valid_for`, at most seven days.
    pub(crate) fn link(&self, key: &str, valid_for: Duration) -> Result<String, Failed> {
        let mut settings = settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(valid_for.min(LINK_VALID_MAX));
        let url = self.object(key);
        let signed =
            self.sign("GetObject", &Method::GET, &url, &[], SignableBody::UnsignedPayload, settings)?;
        let mut link = reqwest::Url::parse(&url).map_err(|_| cant_be_made("GetObject"))?;
        link.query_pairs_mut().extend_pairs(signed.into_parts().1);
        Ok(link.into())
    }

    fn object(&self, key: &str) -> String {
        format!("{}/{}", self.url, encode(key))
    }

    async fn send(
        &self,
        request: &'static str,
        method: Method,
        key: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Object, Failed> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let failed = match self.attempt(request, &method, key, headers, body).await {
                Ok(object) => return Ok(object),
                Err((failed, Again::No)) => return Err(failed),
                Err((failed, Again::Yes)) => failed,
            };
            if attempts >= ATTEMPTS_MAX {
                return Err(failed);
            }
            tokio::time::sleep(BACKOFF_FIRST * 2_u32.pow(attempts - 1)).await;
        }
    }

    async fn attempt(
        &self,
        request: &'static str,
        method: &Method,
        key: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Object, (Failed, Again)> {
        let url = self.object(key);
        let signed = self
            .sign(request, method, &url, headers, SignableBody::Bytes(body), settings())
            .map_err(|failed| (failed, Again::No))?;
        let mut call = self.http.request(method.clone(), &url).timeout(ATTEMPT_TIMEOUT).body(body.to_vec());
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        for header in signed.into_parts().0 {
            call = call.header(header.name(), header.value());
        }
        let lost = |error: reqwest::Error| {
            let why = if error.is_timeout() { "no answer in time" } else { "the connection broke" };
            (Failed::partly(request, why), Again::Yes)
        };
        let answer = call.send().await.map_err(lost)?;
        let status = answer.status();
        let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.map(str::to_owned);
        let bytes = answer.bytes().await.map_err(lost)?;
        if status.is_success() {
            return Ok(Object { bytes: bytes.to_vec(), content_type });
        }
        let again = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        let failed = Failed::answered(request, status.as_u16(), code(&bytes));
        Err((failed, if again { Again::Yes } else { Again::No }))
    }

    fn sign(
        &self,
        request: &'static str,
        method: &Method,
        url: &str,
        headers: &[(&str, &str)],
        body: SignableBody<'_>,
        settings: SigningSettings,
    ) -> Result<SigningInstructions, Failed> {
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemClock.now().into())
            .settings(settings)
            .build()
            .map_err(|_| cant_be_made(request))?
            .into();
        let headers = headers.iter().copied();
        let signable = SignableRequest::new(method.as_str(), url, headers, body);
        let signable = signable.map_err(|_| cant_be_made(request))?;
        Ok(sign(signable, &params).map_err(|_| cant_be_made(request))?.into_parts().0)
    }
}

enum Again {
    Yes,
    No,
}

/// How S3 wants to be signed: the body is part of it, and the path as it is sent.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

/// A key in a path, as S3 encodes it to check the signature: all but unreserved characters and slashes.
fn encode(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The code in an error's XML.
fn code(xml: &[u8]) -> Option<String> {
    let xml = String::from_utf8_lossy(xml);
    let (_, rest) = xml.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code.to_owned())
}

fn cant_be_made(request: &'static str) -> Failed {
    Failed::partly(request, "the request can't be made")
}

#[cfg(test)]
mod tests {
    use super::{code, encode};

    #[test]
    fn keys_are_encoded_as_s3_does() {
        assert_eq!(encode("shop-1/5771-1/a b+c(é).pdf"), "shop-1/5771-1/a%20b%2Bc%28%C3%A9%29.pdf");
    }

    #[test]
    fn an_errors_code_is_read() {
        let xml = b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Key>k</Key></Error>";
        assert_eq!(code(xml).as_deref(), Some("NoSuchKey"));
        assert_eq!(code(b"<html>"), None);
    }
}
