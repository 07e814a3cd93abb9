//! A bucket of S3: objects are put, got, removed, and linked to.
//!
//! Four calls are all that is wanted of S3. Its SDK would make the one function that keeps labels a third larger,
//! over what a function may weigh, and takes as long to compile as the others together. So the requests are made
//! here.

use std::time::Duration;

use aws_sigv4::http_request::{PayloadChecksumKind, SignableBody, SignatureLocation};
use domain::Timestamp;
use reqwest::Method;

use crate::error::Failed;
use crate::signed::{Call, Lost, Signed, element, encode};

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
    pub(crate) signed: Signed,
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
        let call = Call { method: Method::PUT, url: &url, headers: &headers };
        self.send("PutObject", &call, bytes).await.map(drop)
    }

    /// The object.
    pub(crate) async fn get(&self, key: &str) -> Result<Object, Failed> {
        let url = self.object(key);
        self.send("GetObject", &Call { method: Method::GET, url: &url, headers: &[] }, b"").await
    }

    /// Removes the object, if there is one.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), Failed> {
        let url = self.object(key);
        let call = Call { method: Method::DELETE, url: &url, headers: &[] };
        self.send("DeleteObject", &call, b"").await.map(drop)
    }

    /// A link to an object, valid from `now` on for `valid_for`, at most seven days.
    pub(crate) fn link(&self, key: &str, valid_for: Duration, now: Timestamp) -> Result<String, Failed> {
        let mut settings = self.signed.settings();
        // Whoever follows the link sends no headers of ours.
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(valid_for.min(LINK_VALID_MAX));
        let url = self.object(key);
        let call = Call { method: Method::GET, url: &url, headers: &[] };
        let signed = self
            .signed
            .sign(&call, SignableBody::UnsignedPayload, settings, now)
            .map_err(|lost| Failed::partly("GetObject", lost.why()))?;
        let mut link = reqwest::Url::parse(&url)
            .map_err(|_| Failed::partly("GetObject", "its address can't be read"))?;
        link.query_pairs_mut().extend_pairs(signed.into_parts().1);
        Ok(link.into())
    }

    fn object(&self, key: &str) -> String {
        // A slash in a key is a slash in the path.
        let key: Vec<String> = key.split('/').map(encode).collect();
        format!("{}/{}", self.url, key.join("/"))
    }

    async fn send(&self, request: &'static str, call: &Call<'_>, body: &[u8]) -> Result<Object, Failed> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let failed = match self.attempt(request, call, body).await {
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
        call: &Call<'_>,
        body: &[u8],
    ) -> Result<Object, (Failed, Again)> {
        let answer = self.signed.send(call, body, ATTEMPT_TIMEOUT).await.map_err(|lost| {
            let again = if lost == Lost::Malformed { Again::No } else { Again::Yes };
            (Failed::partly(request, lost.why()), again)
        })?;
        match answer.status {
            200..=299 => Ok(Object { bytes: answer.body, content_type: answer.content_type }),
            status => {
                let again = if status >= 500 || status == 429 { Again::Yes } else { Again::No };
                Err((Failed::answered(request, status, element(&answer.body, "Code")), again))
            }
        }
    }
}

enum Again {
    Yes,
    No,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::SignableBody;
    use domain::Timestamp;
    use reqwest::Method;

    use super::{Bucket, Call, Signed};

    /// The bucket, credentials and day of the examples in S3's API reference ("Signature Calculations for the
    /// Authorization Header", "Authenticating Requests: Using Query Parameters").
    fn example() -> (Bucket, Timestamp) {
        // An error means that a test before has chosen it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let bucket = Bucket {
            signed: Signed {
                http: reqwest::Client::new(),
                credentials: Credentials::new("AKIAIOSFODNN7EXAMPLE", secret, None, None, "example"),
                region: "us-east-1".into(),
                service: "s3",
            },
            url: "https://examplebucket.s3.amazonaws.com".into(),
        };
        (bucket, "2013-05-24T00:00:00Z".parse().unwrap())
    }

    #[track_caller]
    fn check(method: Method, key: &str, headers: &[(&str, &str)], body: &[u8], signature: &str) {
        let (bucket, now) = example();
        let url = bucket.object(key);
        let call = Call { method, url: &url, headers };
        let signed = &bucket.signed;
        let signed = signed.sign(&call, SignableBody::Bytes(body), signed.settings(), now).unwrap();
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
        let url = example().0.object("shop-1/5771-1/a b+c(é).pdf");
        assert_eq!(url, "https://examplebucket.s3.amazonaws.com/shop-1/5771-1/a%20b%2Bc%28%C3%A9%29.pdf");
    }
}
