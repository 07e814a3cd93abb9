//! A bucket of S3: objects are put, got, and linked to.
//!
//! Three calls are all that is wanted of S3. Its SDK would make the one function that keeps labels a third larger,
//! over what a function may weigh, and takes as long to compile as the others together. So the requests are made
//! here, and signed by the crate that signs the SDK's.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use domain::Timestamp;
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
        let (url, headers) = (self.object(key), [("content-type", content_type)]);
        let call = Call { request: "PutObject", method: Method::PUT, url: &url, headers: &headers };
        self.send(&call, bytes).await.map(drop)
    }

    /// The object.
    pub(crate) async fn get(&self, key: &str) -> Result<Object, Failed> {
        let url = self.object(key);
        self.send(&Call { request: "GetObject", method: Method::GET, url: &url, headers: &[] }, b"").await
    }

    /// A link to an object, valid from `now` on for `valid_for`, at most seven days.
    pub(crate) fn link(&self, key: &str, valid_for: Duration, now: Timestamp) -> Result<String, Failed> {
        let mut settings = settings();
        // Whoever follows the link sends no headers of ours.
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(valid_for.min(LINK_VALID_MAX));
        let url = self.object(key);
        let call = Call { request: "GetObject", method: Method::GET, url: &url, headers: &[] };
        let signed = self.sign(&call, SignableBody::UnsignedPayload, settings, now)?;
        let mut link = reqwest::Url::parse(&url)
            .map_err(|_| Failed::partly("GetObject", "its address can't be read"))?;
        link.query_pairs_mut().extend_pairs(signed.into_parts().1);
        Ok(link.into())
    }

    fn object(&self, key: &str) -> String {
        format!("{}/{}", self.url, encode(key))
    }

    async fn send(&self, call: &Call<'_>, body: &[u8]) -> Result<Object, Failed> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let failed = match self.attempt(call, body).await {
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

    async fn attempt(&self, call: &Call<'_>, body: &[u8]) -> Result<Object, (Failed, Again)> {
        let Call { request, method, url, headers } = call;
        let signed = self
            .sign(call, SignableBody::Bytes(body), settings(), SystemClock.now())
            .map_err(|failed| (failed, Again::No))?;
        let mut send = self.http.request(method.clone(), *url).timeout(ATTEMPT_TIMEOUT).body(body.to_vec());
        for (name, value) in *headers {
            send = send.header(*name, *value);
        }
        for header in signed.into_parts().0 {
            send = send.header(header.name(), header.value());
        }
        let lost = |error: reqwest::Error| {
            let why = if error.is_timeout() { "no answer in time" } else { "the connection broke" };
            (Failed::partly(request, why), Again::Yes)
        };
        let answer = send.send().await.map_err(lost)?;
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
        call: &Call<'_>,
        body: SignableBody<'_>,
        settings: SigningSettings,
        now: Timestamp,
    ) -> Result<SigningInstructions, Failed> {
        let cant_be_made = || Failed::partly(call.request, "the request can't be made");
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(now.into())
            .settings(settings)
            .build()
            .map_err(|_| cant_be_made())?
            .into();
        let headers = call.headers.iter().copied();
        let signable = SignableRequest::new(call.method.as_str(), call.url, headers, body);
        let signed = signable.and_then(|signable| sign(signable, &params));
        Ok(signed.map_err(|_| cant_be_made())?.into_parts().0)
    }
}

/// A request that is to be signed.
struct Call<'a> {
    request: &'static str,
    method: Method,
    url: &'a str,
    headers: &'a [(&'a str, &'a str)],
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::SignableBody;
    use domain::Timestamp;
    use reqwest::Method;

    use super::{Bucket, Call, code, encode, settings};

    /// The bucket, credentials and day of the examples in S3's API reference ("Signature Calculations for the
    /// Authorization Header", "Authenticating Requests: Using Query Parameters").
    fn example() -> (Bucket, Timestamp) {
        // An error means that a test before has chosen it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let bucket = Bucket {
            http: reqwest::Client::new(),
            credentials: Credentials::new("AKIAIOSFODNN7EXAMPLE", secret, None, None, "example"),
            region: "us-east-1".into(),
            url: "https://examplebucket.s3.amazonaws.com".into(),
        };
        (bucket, "2013-05-24T00:00:00Z".parse().unwrap())
    }

    #[track_caller]
    fn check(method: Method, key: &str, headers: &[(&str, &str)], body: &[u8], signature: &str) {
        let (bucket, now) = example();
        let url = bucket.object(key);
        let call = Call { request: "", method, url: &url, headers };
        let signed = bucket.sign(&call, SignableBody::Bytes(body), settings(), now).unwrap();
        let headers = signed.into_parts().0;
        let authorization = headers.iter().find(|header| header.name() == "authorization").unwrap();
        assert!(
            authorization.value().ends_with(&format!("Signature={signature}")),
            "{}",
            authorization.value()
        );
    }

    #[test]
    fn requests_are_signed_as_s3s_examples_are() {
        let range = [("range", "bytes=0-9")];
        let expect = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        check(Method::GET, "test.txt", &range, b"", expect);
        let put = [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
        let expect = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
        check(Method::PUT, "test$file.text", &put, b"Welcome to Amazon S3.", expect);
    }

    #[test]
    fn a_link_is_signed_as_s3s_example_is() {
        let (bucket, now) = example();
        let link = bucket.link("test.txt", Duration::from_secs(86_400), now).unwrap();
        let expect = "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        assert!(link.contains(expect) && link.contains("X-Amz-SignedHeaders=host&"), "{link}");
    }

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
