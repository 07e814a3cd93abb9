//! Webhooks: the signature, and the whole intake over HTTP.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bench::data::webhooks::order_change;
use bench::report::{Report, Row};
use bench::sandbox;
use bench::spread::Spread;
use punctual::host::Host;
use sim::tiktok::TikTokConfig;
use tiktok::webhook::{Webhook, WebhookVerifier};

/// A port on which nothing listens: no shop is connected, so nothing is called.
const NOWHERE: &str = "http://127.0.0.1:9";
/// The size of what TikTok publishes as its sample, and of a large event.
const SIZES: [usize; 2] = [250, 4096];

pub fn run(report: &mut Report) -> anyhow::Result<()> {
    for bytes in SIZES {
        report.add(&verify(bytes))?;
    }
    for (connections, each) in [(1, 4_000), (16, 1_000)] {
        report.add(&intake(connections, each)?)?;
    }
    Ok(())
}

fn verify(bytes: usize) -> Row {
    let TikTokConfig { app_key, app_secret, .. } = TikTokConfig::default();
    let body = order_change(1, bytes);
    let signature = sim::tiktok::sign::webhook(&app_key, &app_secret, body.as_bytes());
    let verifier = WebhookVerifier::new(app_key, vec![app_secret.as_str().into()]);
    let spread = Spread::measure(
        100_000,
        || (),
        |()| {
            let verified = verifier.verify(body.as_bytes(), Some(&signature));
            assert!(verified.is_ok(), "the signature is the sandbox's");
            Webhook::parse(body.as_bytes())
        },
    );
    Row::spread(format!("webhook verified and read, {bytes} bytes"), &spread)
}

/// Each connection sends its next webhook when the last one is answered. The host works as usual: it also receives each message
/// from the queue and finds that the shop is not connected.
fn intake(connections: usize, each: usize) -> anyhow::Result<Row> {
    let folder = tempfile::tempdir()?;
    let runtime = sandbox::runtime("host")?;
    let host = runtime.block_on(Host::start(sandbox::config(folder.path(), NOWHERE, NOWHERE)?, 0))?;
    let address = host.address;
    let clients: Vec<_> = (0..connections)
        .map(|client| {
            let requests: Vec<String> = (0..each).map(|n| request(client * each + n)).collect();
            thread::spawn(move || post_all(address, &requests))
        })
        .collect();
    let begun = Instant::now();
    let mut took = Vec::new();
    for client in clients {
        took.extend(client.join().ok().context("a client panicked")??);
    }
    let elapsed = begun.elapsed();
    runtime.block_on(host.stop());
    let spread = Spread::of(took);
    let row = Row::spread(format!("webhook over HTTP into SQLite, {connections} connections"), &spread);
    Ok(Row { a_second: Some(spread.count() as f64 / elapsed.as_secs_f64()), ..row })
}

fn request(number: usize) -> String {
    let TikTokConfig { app_key, app_secret, .. } = TikTokConfig::default();
    let body = order_change(number, SIZES[0]);
    let signature = sim::tiktok::sign::webhook(&app_key, &app_secret, body.as_bytes());
    format!(
        "POST /webhooks/tiktok HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         authorization: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn post_all(address: SocketAddr, requests: &[String]) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    requests.iter().map(|request| post(&mut stream, request)).collect()
}

/// From the first byte sent to the last byte of an answer that has no body.
fn post(stream: &mut TcpStream, request: &str) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    stream.write_all(request.as_bytes())?;
    let mut answer = [0; 1024];
    let mut read = 0;
    while !answer[..read].ends_with(b"\r\n\r\n") {
        let more = stream.read(&mut answer[read..])?;
        anyhow::ensure!(more > 0, "the host hung up");
        read += more;
    }
    let elapsed = begun.elapsed();
    anyhow::ensure!(answer.starts_with(b"HTTP/1.1 200 "), "a webhook was not taken");
    Ok(elapsed)
}
