//! Starts the real program against servers of the test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use sim::{Browser, Sandbox, SandboxConfig};

/// The program with a clean environment and `data` as its folder.
pub fn punctual(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_punctual"));
    command.env_clear().env("PUNCTUAL_DATA", data).stdin(Stdio::null());
    command
}

/// Points `command` to the sandbox's servers, as it would be pointed to the real ones.
pub fn live(mut command: Command, sandbox: &Sandbox) -> Command {
    let tiktok = sandbox.tiktok.url();
    command
        .args(["--live", "--port", "0"])
        .env("TIKTOK_API_URL", tiktok)
        .env("TIKTOK_AUTH_URL", tiktok)
        .env("TIKTOK_APP_KEY", sandbox.tiktok.app_key())
        .env("TIKTOK_APP_SECRET", sandbox.tiktok.app_secret())
        .env("EASYPOST_API_URL", sandbox.easypost.url())
        .env("EASYPOST_API_KEY", sandbox.easypost.api_key())
        .env("EASYPOST_WEBHOOK_SECRET", sandbox.easypost.webhook_secret())
        .env("PUNCTUAL_POLL_SECONDS", "1");
    command
}

/// Runs to the end; panics with what it printed when that takes longer than five minutes.
pub fn finish(command: &mut Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let out = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes)
    });
    let err = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.read_to_end(&mut bytes).map(|_| bytes)
    });
    let status = child.wait().unwrap();
    Output { status, stdout: out.join().unwrap().unwrap(), stderr: err.join().unwrap().unwrap() }
}

/// The JSON object that a run printed.
pub fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// A program that runs in the background, with the lines that it prints for people.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let (send, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        Self { child, lines }
    }

    /// Waits for a line that contains `text`.
    pub fn line(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).expect("the program says it");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The link with which shops are connected.
    pub fn link(&self) -> String {
        self.line("/oauth/tiktok/start").split_whitespace().last().unwrap().to_owned()
    }

    /// SIGTERM, as systemd and container runtimes send it; the program ends by itself, and well.
    #[cfg(unix)]
    pub fn terminate(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let said: Vec<String> = self.lines.iter().collect();
        assert!(status.success(), "{status}: {said:?}");
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Both services with `orders` orders from `seed`; webhooks go nowhere until a URL is set.
pub async fn sandbox(orders: usize, seed: u64) -> Sandbox {
    sim::sandbox::start(SandboxConfig { orders, seed, ..SandboxConfig::default() }).await.unwrap()
}

/// Connects the shop as a seller's browser would that was given the link.
pub async fn connect(sandbox: &Sandbox, link: &str) {
    let base = link.split_once("/oauth/").unwrap().0;
    sandbox.tiktok.set_redirect_url(&format!("{base}/oauth/tiktok/callback"));
    let page = Browser::new().unwrap().open(link).await.unwrap();
    assert!(page.is_success(), "{}", page.text);
}

/// Waits until something is so; panics after a minute.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait)
        .await
        .unwrap_or_else(|_| panic!("not in time: {what}"));
}

/// The alarms of this kind that were sent.
pub fn alarms(data: &Path, kind: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(data.join("alarms.jsonl")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines.filter(|line| line["kind"] == kind).collect()
}
