//! What is no webhook of TikTok's or EasyPost's leaves no trace: not in the store, not in the queues, not in the logs.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use domain::message::Queue;
use pipeline::{FaultPlan, Hosted, World, WorldConfig};
use punctual::connections::ServerLimits;
use punctual::http;
use sim::tiktok::sign;
use sim::{Sandbox, SandboxConfig};
use system::{Clock as _, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use webhook_intake::BODY_BYTES_MAX;

/// All that this process has logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn capture() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let writer = log.clone();
            let subscriber =
                tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
            subscriber.with_writer(move || writer.clone()).init();
            log
        })
        .clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

async fn hosted() -> (Sandbox, Hosted) {
    let sandbox = sim::sandbox::start(SandboxConfig { orders: 0, ..SandboxConfig::default() }).await.unwrap();
    let hosted = Hosted::start(&sandbox.tiktok, &sandbox.easypost, 86_400).await.unwrap();
    hosted.connect().await.unwrap();
    (sandbox, hosted)
}

/// Posts `body`; the status and the answer's body.
async fn post(url: &str, header: Option<(&str, &str)>, body: Vec<u8>) -> (u16, String) {
    let mut request = reqwest::Client::new().post(url).body(body);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn nothing_is_stored(hosted: &Hosted, notification: &str) {
    for &queue in Queue::ALL {
        assert_eq!(hosted.host.backend.queues.depth(queue).await.unwrap(), 0, "{}", queue.name());
    }
    assert!(hosted.records().await.unwrap().is_empty());
    assert!(hosted.host.backend.queues.dead_letters(10).await.unwrap().is_empty());
    let id = format!("tiktok/{notification}");
    assert!(!hosted.host.backend.processed_events.is_processed(&id, SystemClock.now()).await.unwrap());
}

const NOTIFICATION: &str = "7327112999999999991";
const SECRET_WORD: &str = "Zephyrine Quackenbush";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_webhook_of_tiktok_leaves_no_trace() {
    let log = Log::capture();
    let (sandbox, hosted) = hosted().await;
    let url = format!("{}/webhooks/tiktok", hosted.base);
    let shop = sandbox.tiktok.shops()[0].id.clone();
    let sign = |body: &[u8]| sign::webhook(sandbox.tiktok.app_key(), sandbox.tiktok.app_secret(), body);
    let body = |kind: u32, shop: &str, order: &str| {
        format!(
            r#"{{"type":{kind},"tts_notification_id":"{NOTIFICATION}","shop_id":"{shop}","data":{{"order_id":"{order}","note":"{SECRET_WORD}"}}}}"#
        )
        .into_bytes()
    };
    let good = body(1, &shop, "576461009999999999");
    let mut not_utf8 = good.clone();
    let at = not_utf8.windows(4).position(|window| window == b"5764").unwrap();
    not_utf8[at] = 0xff;
    let truncated = good[..good.len() - 20].to_vec();
    let other_key = sign::webhook("other", sandbox.tiktok.app_secret(), &good);
    let other_secret = sign::webhook(sandbox.tiktok.app_key(), "other", &good);
    let of = |size: usize| [good.as_slice(), &vec![b' '; size - good.len()]].concat();
    let (over, far_over) = (of(BODY_BYTES_MAX + 1), of(4 * BODY_BYTES_MAX));

    let cases: Vec<(&str, Vec<u8>, Option<String>, u16)> = vec![
        ("no signature", good.clone(), None, 401),
        ("an empty signature", good.clone(), Some(String::new()), 401),
        ("no hex", good.clone(), Some("Bearer zz".to_owned()), 401),
        ("another app", good.clone(), Some(other_key), 401),
        ("another secret", good.clone(), Some(other_secret), 401),
        ("a cut signature", good.clone(), Some(sign(&good)[2..].to_owned()), 401),
        ("a signature of the body before it was cut", truncated.clone(), Some(sign(&good)), 401),
        ("a changed body", body(1, &shop, "576461009999999998"), Some(sign(&good)), 401),
        ("an empty body", Vec::new(), Some(sign(&good)), 401),
        ("a byte too many", over.clone(), Some(sign(&over)), 413),
        ("far too many bytes", far_over.clone(), Some(sign(&far_over)), 413),
        ("no UTF-8", not_utf8.clone(), Some(sign(&good)), 401),
        ("no UTF-8 in the order's id, signed", not_utf8.clone(), None, 200),
        ("half of a body, signed", truncated.clone(), Some(sign(&truncated)), 400),
        ("an empty body, signed", Vec::new(), Some(sign(b"")), 400),
        ("a list", b"[]".to_vec(), Some(sign(b"[]")), 400),
        ("an unknown type", body(9999, &shop, "576461009999999999"), None, 200),
        ("no order", body(1, &shop, ""), None, 200),
        ("no shop", body(1, "", "576461009999999999"), None, 200),
    ];
    for (what, body, signature, expected) in cases {
        let signature = if expected == 200 { Some(sign(&body)) } else { signature };
        let header = signature.as_deref().map(|signature| ("authorization", signature));
        let (status, text) = post(&url, header, body).await;
        assert_eq!((status, text.as_str()), (expected, ""), "{what}");
        nothing_is_stored(&hosted, NOTIFICATION).await;
    }
    // A shop that nobody connected: the hint is dropped before TikTok is asked.
    let calls = sandbox.tiktok.faults().log().records().len();
    let strange = body(1, "7490000000000000009", "576461009999999999");
    let signature = sign(&strange);
    assert_eq!(post(&url, Some(("authorization", &signature)), strange).await, (200, String::new()));
    hosted.until_idle().await.unwrap();
    assert!(hosted.records().await.unwrap().is_empty());
    assert!(hosted.host.backend.queues.dead_letters(10).await.unwrap().is_empty());
    assert_eq!(sandbox.tiktok.faults().log().records().len(), calls);

    let text = log.text();
    assert!(
        text.contains("webhook has no valid signature") && text.contains("webhook is too large"),
        "it logs"
    );
    for private in
        [SECRET_WORD, NOTIFICATION, "576461009999999999", &sign(&good), sandbox.tiktok.app_secret()]
    {
        let found = text.lines().find(|line| line.contains(private));
        assert!(found.is_none(), "{private} stands in the log: {}", found.unwrap_or_default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_within_the_body_stores_nothing() {
    let (sandbox, hosted) = hosted().await;
    let body = format!(r#"{{"type":1,"tts_notification_id":"{NOTIFICATION}"}}"#);
    let signature = sign::webhook(sandbox.tiktok.app_key(), sandbox.tiktok.app_secret(), body.as_bytes());
    let mut line = TcpStream::connect(hosted.host.address).await.unwrap();
    let head = format!(
        "POST /webhooks/tiktok HTTP/1.1\r\nhost: punctual\r\nauthorization: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len() + 10
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.shutdown().await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    assert!(answer.is_empty() || answer.ends_with("\r\n\r\n"), "a body: {answer}");
    nothing_is_stored(&hosted, NOTIFICATION).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_easyposts_own_webhooks_are_taken() {
    let (sandbox, hosted) = hosted().await;
    let url = format!("{}/webhooks/easypost", hosted.base);
    let secret = sandbox.easypost.webhook_secret();
    let event = br#"{"object":"Event","id":"evt_1","description":"tracker.updated","result":{}}"#.to_vec();
    let right = sim::easypost::sign::webhook(secret, &event);
    let wrong = sim::easypost::sign::webhook("another secret", &event);
    let broken = sim::easypost::sign::webhook(secret, b"{");
    let no_scheme = right.trim_start_matches("hmac-sha256-hex=").to_owned();
    let header = sim::easypost::sign::HEADER;
    for (signature, body, expected) in [
        (Some(&right), event.clone(), 200),
        (Some(&wrong), event.clone(), 401),
        (Some(&no_scheme), event.clone(), 401),
        (None, event.clone(), 401),
        (Some(&right), event[1..].to_vec(), 401),
        (Some(&broken), b"{".to_vec(), 400),
        (Some(&right), vec![b' '; 2 * BODY_BYTES_MAX], 413),
    ] {
        let signature = signature.map(|signature| (header, signature.as_str()));
        assert_eq!(post(&url, signature, body).await, (expected, String::new()), "{signature:?}");
    }

    // Without a secret everyone could sign: nobody is believed.
    let world = World::new(WorldConfig::default()).await.unwrap();
    let functions = Arc::new(world.functions(&FaultPlan::none()).unwrap());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/webhooks/easypost", listener.local_addr().unwrap());
    let server = tokio::spawn(http::serve(listener, functions, ServerLimits::default()));
    for secret in [secret, ""] {
        let signature = sim::easypost::sign::webhook(secret, &event);
        assert_eq!(post(&url, Some((header, &signature)), event.clone()).await, (401, String::new()));
    }
    server.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_and_paths_are_refused() {
    let (_sandbox, hosted) = hosted().await;
    let client = reqwest::Client::new();
    for (path, expected) in [("/webhooks/tiktok", 405), ("/webhooks/easypost", 405), ("/webhooks", 404)] {
        let answer = client.get(format!("{}{path}", hosted.base)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{path}");
        assert_eq!(answer.text().await.unwrap(), "", "{path}");
    }
    let answer = client.post(format!("{}/oauth/tiktok/start", hosted.base)).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 405);
}

/// A genuine webhook; its body and signature.
fn genuine(sandbox: &Sandbox, order: &str) -> (Vec<u8>, String) {
    let shop = &sandbox.tiktok.shops()[0].id;
    let body = format!(
        r#"{{"type":1,"tts_notification_id":"{order}","shop_id":"{shop}","data":{{"order_id":"{order}"}}}}"#
    );
    let signature = sign::webhook(sandbox.tiktok.app_key(), sandbox.tiktok.app_secret(), body.as_bytes());
    (body.into_bytes(), signature)
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_and_forged_webhooks_keep_no_genuine_one_out() {
    let log = Log::capture();
    let (sandbox, hosted) = hosted().await;
    let url = format!("{}/webhooks/tiktok", hosted.base);
    let head = "POST /webhooks/tiktok HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{";
    let mut idle = Vec::new();
    for n in 0..2 * ServerLimits::default().connections {
        let mut line = TcpStream::connect(hosted.host.address).await.unwrap();
        // Nothing, half of the headers, half of the body.
        line.write_all(&head.as_bytes()[..[0, 20, head.len()][n % 3]]).await.unwrap();
        idle.push(line);
    }
    let forged = post(&url, Some(("authorization", "00")), b"{}".to_vec()).await;
    assert_eq!(forged, (401, String::new()));
    for n in 0..300 {
        assert_eq!(post(&url, Some(("authorization", "00")), b"{}".to_vec()).await.0, 401, "{n}");
        if n % 60 == 0 {
            let (body, signature) = genuine(&sandbox, &format!("57646100999999{n:04}"));
            let answer = post(&url, Some(("authorization", &signature)), body).await;
            assert_eq!(answer, (200, String::new()), "after {n}");
        }
    }
    // The oldest connections made room.
    let mut answer = String::new();
    let read = tokio::time::timeout(std::time::Duration::from_secs(5), idle[0].read_to_string(&mut answer));
    let _ = read.await.expect("it is closed");
    let lines = log.text().matches("webhook has no valid signature").count();
    assert!((1..20).contains(&lines), "a flood is no flood of lines: {lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_locked_a_webhook_is_put_off_before_tiktok_gives_up() {
    let (sandbox, hosted) = hosted().await;
    let url = format!("{}/webhooks/tiktok", hosted.base);
    let db = rusqlite::Connection::open(hosted.folder.path().join("punctual.sqlite")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (body, signature) = genuine(&sandbox, "576461009999990001");
    let asked = std::time::Instant::now();
    let answer = post(&url, Some(("authorization", &signature)), body.clone()).await;
    assert_eq!(answer, (503, String::new()));
    assert!(asked.elapsed().as_millis() < 2_900, "TikTok waits for 3 s: {:?}", asked.elapsed());
    db.execute_batch("COMMIT").unwrap();
    let again =
        async { while post(&url, Some(("authorization", &signature)), body.clone()).await.0 != 200 {} };
    tokio::time::timeout(std::time::Duration::from_secs(20), again)
        .await
        .expect("it is taken when it comes again");
}
