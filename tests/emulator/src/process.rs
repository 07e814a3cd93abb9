//! Processes of emulators.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::install::{build_folder, install};

/// How long an emulator may take to start. The machine may be busy with other tests.
const START: Duration = Duration::from_secs(90);
/// How often it is checked.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// The kind of an emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// MiniStack emulates all services that are used, including Lambda and CloudFormation.
    MiniStack,
    /// Moto is another reading of the same documentation, with other mistakes.
    Moto,
}

/// A running emulator.
#[derive(Debug)]
pub struct Emulator {
    url: String,
    /// The emulator's shell ends when its input is closed, which happens when this process ends in any way.
    _shell: Child,
}

impl Emulator {
    /// Whether tests on AWS are run. `PUNCTUAL_EMULATOR=off` skips them, which is printed.
    pub fn is_wanted() -> bool {
        let off = std::env::var("PUNCTUAL_EMULATOR").is_ok_and(|value| value == "off");
        if off {
            let _ = writeln!(std::io::stderr(), "PUNCTUAL_EMULATOR=off: this test on AWS is left out");
        }
        !off
    }

    /// The emulator of this process, which is started when it is first needed. `None` if `PUNCTUAL_EMULATOR=off` skips the
    /// tests on AWS, which is printed.
    ///
    /// # Errors
    /// When it can't be installed or does not start.
    pub fn shared(kind: Kind) -> anyhow::Result<Option<&'static Self>> {
        static MINISTACK: OnceLock<Result<Emulator, String>> = OnceLock::new();
        static MOTO: OnceLock<Result<Emulator, String>> = OnceLock::new();
        if !Self::is_wanted() {
            return Ok(None);
        }
        let cell = match kind {
            Kind::MiniStack => &MINISTACK,
            Kind::Moto => &MOTO,
        };
        match cell.get_or_init(|| Self::start(kind).map_err(|error| format!("{error:#}"))) {
            Ok(emulator) => Ok(Some(emulator)),
            Err(error) => bail!("{error}"),
        }
    }

    /// Starts an emulator of its own.
    ///
    /// # Errors
    /// When it can't be installed or does not start.
    pub fn start(kind: Kind) -> anyhow::Result<Self> {
        let port = free_port()?;
        let log = build_folder().join("python").join(format!("{kind:?}-{port}.log").to_lowercase());
        let (programs, program) = match kind {
            Kind::MiniStack => (install("ministack[full]==1.5.33")?, "ministack".to_owned()),
            Kind::Moto => (install("moto[server]==5.2.5")?, format!("moto_server -H 127.0.0.1 -p {port}")),
        };
        // A program is not notified when its parent is killed, but its input ends.
        let script = format!("{program} >\"$LOG\" 2>&1 </dev/null & child=$!; cat >/dev/null; kill $child");
        let path = std::env::var("PATH").unwrap_or_default();
        let shell = Command::new("sh")
            .args(["-c", &script])
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("LOG", &log)
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("LOG_LEVEL", "WARNING")
            .env("TMPDIR", build_folder().join("python"))
            .env_remove("AWS_ENDPOINT_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("sh can't be started")?;
        let emulator = Self { url: format!("http://127.0.0.1:{port}"), _shell: shell };
        let asked_since = Instant::now();
        while !answers(port) {
            if asked_since.elapsed() > START {
                bail!("{kind:?} does not answer; its log is {}", log.display());
            }
            #[allow(clippy::disallowed_methods, reason = "nothing else runs before there is an emulator")]
            std::thread::sleep(ASK_EVERY);
        }
        Ok(emulator)
    }

    /// Its address: `http://127.0.0.1:port`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Whether the emulator answers a request in any way.
fn answers(port: u16) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut first = [0; 5];
        stream.read_exact(&mut first)?;
        std::io::Result::Ok(first)
    };
    ask().is_ok_and(|first| &first == b"HTTP/")
}
