//! A bucket of S3: objects are put, read and deleted.
//!
//! Only three requests are needed. S3's SDK would make the function that stores labels a third larger, above the limit for a
//! function, and takes as long to compile as all others together. So the requests are made here.

use std::time::Duration;

use reqwest::Method;

use crate::error::RequestFailed;
use crate::signed::{AwsRequest, NoResponse, SigningClient, element, encode};

/// The number of attempts. Each request may be repeated, because an object is put as a whole under its name.
const ATTEMPTS_MAX: u32 = 4;
/// The pause before the second attempt; it doubles each time.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
/// Time for one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// The error code for an object that does not exist.
pub(crate) const NO_SUCH_KEY: &str = "NoSuchKey";

/// A bucket of S3.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub(crate) signed: SigningClient,
    /// The address of the bucket, without a trailing slash.
    pub(crate) url: String,
}

/// The content of an object.
pub(crate) struct Object {
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_type: Option<String>,
}

impl Bucket {
    /// Puts an object, replacing what was there.
    pub(crate) async fn put(&self, key: &str, content_type: &str, bytes: &[u8]) -> Result<(), RequestFailed> {
        let (url, headers) = (self.object(key), [("content-type", content_type)]);
        let call = AwsRequest { method: Method::PUT, url: &url, headers: &headers };
        self.send("PutObject", &call, bytes).await.map(drop)
    }

    /// Reads an object; one that does not exist is an error.
    pub(crate) async fn get(&self, key: &str) -> Result<Object, RequestFailed> {
        let url = self.object(key);
        self.send("GetObject", &AwsRequest { method: Method::GET, url: &url, headers: &[] }, b"").await
    }

    /// Deletes an object, if it exists.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), RequestFailed> {
        let url = self.object(key);
        let call = AwsRequest { method: Method::DELETE, url: &url, headers: &[] };
        self.send("DeleteObject", &call, b"").await.map(drop)
    }

    fn object(&self, key: &str) -> String {
        // A slash in a key is a slash in the path.
        let key: Vec<String> = key.split('/').map(encode).collect();
        format!("{}/{}", self.url, key.join("/"))
    }

    async fn send(
        &self,
        request: &'static str,
        call: &AwsRequest<'_>,
        body: &[u8],
    ) -> Result<Object, RequestFailed> {
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
        call: &AwsRequest<'_>,
        body: &[u8],
    ) -> Result<Object, (RequestFailed, Again)> {
        let answer = self.signed.send(call, body, ATTEMPT_TIMEOUT).await.map_err(|lost| {
            let again = if lost == NoResponse::Malformed { Again::No } else { Again::Yes };
            (RequestFailed::partly(request, lost.why()), again)
        })?;
        match answer.status {
            200..=299 => Ok(Object { bytes: answer.body, content_type: answer.content_type }),
            status => {
                let again = if status >= 500 || status == 429 { Again::Yes } else { Again::No };
                Err((RequestFailed::answered(request, status, element(&answer.body, "Code")), again))
            }
        }
    }
}

/// Whether a failed attempt is repeated.
enum Again {
    Yes,
    No,
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::SignableBody;
    use domain::Timestamp;
    use reqwest::Method;

    use super::{AwsRequest, Bucket, SigningClient};

    /// The bucket, credentials and day of the examples in S3's API reference ("Signature Calculations for the
    /// Authorization Header").
    fn example() -> (Bucket, Timestamp) {
        // An error means that an earlier test has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let bucket = Bucket {
            signed: SigningClient {
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
        let call = AwsRequest { method, url: &url, headers };
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
    fn keys_are_encoded_as_s3_does() {
        let url = example().0.object("shop-1/5771-1/a b+c(é).pdf");
        assert_eq!(url, "https://examplebucket.s3.amazonaws.com/shop-1/5771-1/a%20b%2Bc%28%C3%A9%29.pdf");
    }
}
