//! A service of AWS on a real socket, that checks signatures.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, Uri};
use backend::NotifyError;
use backend_aws::Sdk;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// How long a client of these tests waits for an answer.
pub const PATIENCE: Duration = Duration::from_millis(400);

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// The stand-in; it remembers what it was asked.
pub struct Service {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Service {
    /// Answers every request with this.
    pub async fn start(status: u16, body: &str) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, body) = (Arc::clone(&seen), body.to_owned());
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, bytes: Bytes| {
            let headers = headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            let request = String::from_utf8(bytes.to_vec()).unwrap();
            let (method, path) = (method.to_string(), uri.to_string());
            log.lock().unwrap().push(Seen { method, path, headers, body: request });
            let response = Response::builder().status(status).body(Body::from(body.clone())).unwrap();
            async move { response }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url, seen }
    }

    /// The only request that came.
    pub fn request(&self) -> Seen {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "a message is sent once");
        seen[0].clone()
    }
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Fails unless the request is signed for this service, with these headers ("Create a signed AWS API request").
    #[track_caller]
    pub fn assert_signed(&self, service: &str, headers: &str) {
        let date = self.header("x-amz-date");
        let scope = format!("{}/eu-west-2/{service}/aws4_request", &date[..8]);
        let canonical_headers: String =
            headers.split(';').map(|name| format!("{name}:{}\n", self.header(name))).collect();
        let request = format!(
            "{}\n{}\n\n{canonical_headers}\n{headers}\n{}",
            self.method,
            self.path,
            hex::encode(Sha256::digest(&self.body))
        );
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(request)));
        let key = [&date[..8], "eu-west-2", service, "aws4_request"]
            .iter()
            .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| hmac(&key, part));
        let signature = hex::encode(hmac(&key, &to_sign));
        let expect = format!(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/{scope}, SignedHeaders={headers}, Signature={signature}"
        );
        assert_eq!(self.header("authorization"), expect);
    }

    /// The fields of a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        let url = reqwest::Url::parse(&format!("http://form/?{}", self.body)).unwrap();
        url.query_pairs().into_owned().collect()
    }
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Clients whose requests for the service of this variable go to `url`, and those for others nowhere.
pub fn sdk(variable: &'static str, url: &str) -> Sdk {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = url.to_owned();
    let lookup = move |name: &str| match name {
        "AWS_REGION" => Some("eu-west-2".to_owned()),
        "AWS_ACCESS_KEY_ID" => Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some(SECRET.to_owned()),
        "AWS_SESSION_TOKEN" => Some("session".to_owned()),
        "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:1".to_owned()),
        name if name == variable => Some(url.clone()),
        _ => None,
    };
    let http = reqwest::Client::builder().read_timeout(PATIENCE).no_proxy().build().unwrap();
    Sdk::from_environment(lookup, http).unwrap()
}

/// Where nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Takes a request, and then says nothing (`None`), or this, and hangs up.
pub async fn odd(says: Option<&'static str>) -> String {
    use tokio::io::AsyncWriteExt as _;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 8_192]).await;
            match says {
                Some(text) => {
                    let _ = stream.write_all(text.as_bytes()).await;
                }
                None => silent.push(stream),
            }
        }
    });
    url
}

/// What an error says that a message was.
pub fn outcome<T: std::fmt::Debug>(result: Result<T, NotifyError>) -> String {
    let error = result.unwrap_err();
    let shown = format!("{error} {error:?}");
    for private in ["+1415", "ann@", "secret", "订单"] {
        assert!(!shown.contains(private), "{private} in {shown}");
    }
    error.to_string()
}
