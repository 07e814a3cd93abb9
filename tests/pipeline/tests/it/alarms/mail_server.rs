//! A mail server that fails as a test says.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// Nothing.
    None,
    /// It hangs up on whoever connects.
    Down,
    /// It hangs up at this command; the end of a message counts as the command `.`, and the message is taken.
    BreaksAt(&'static str),
    /// It answers this command so.
    Answers(&'static str, &'static str),
}

/// A message that it took.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mail {
    /// To whom.
    pub to: String,
    /// `Message-ID`.
    pub id: String,
}

/// The server. It knows no recipient whose name begins with `gone`.
pub struct MailServer {
    pub url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    outage: Outage,
    /// How often the outage was met.
    met: usize,
    taken: Vec<Mail>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://user:secret@{}", listener.local_addr().unwrap());
        let state = State { outage: Outage::None, met: 0, taken: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let of_server = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whatever ends a conversation, the next one begins anew.
                let _ = converse(stream, &of_server).await;
            }
        });
        Self { url, state }
    }

    /// From now on this goes wrong.
    pub fn meets(&self, outage: Outage) {
        let mut state = self.state.lock().unwrap();
        (state.outage, state.met) = (outage, 0);
    }

    /// How often the outage was met.
    pub fn met(&self) -> usize {
        self.state.lock().unwrap().met
    }

    /// What it took, which is forgotten here.
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.state.lock().unwrap().taken)
    }
}

/// True, and counted, when the outage is this one.
fn is(state: &Mutex<State>, outage: impl Fn(Outage) -> bool) -> bool {
    let mut state = state.lock().unwrap();
    let met = outage(state.outage);
    state.met += usize::from(met);
    met
}

async fn converse(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    if is(state, |outage| outage == Outage::Down) {
        return Ok(());
    }
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.example\r\n").await?;
    let mut mail = Mail { to: String::new(), id: String::new() };
    let mut is_text = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        if is_text && line != "." {
            if let Some(id) = line.strip_prefix("Message-ID: ") {
                id.clone_into(&mut mail.id);
            }
            continue;
        }
        let command = line.split(' ').next().unwrap_or_default();
        if let Some(to) = line.strip_prefix("RCPT TO:<") {
            mail.to = to.split('@').next().unwrap_or_default().to_owned();
        }
        let odd = match state.lock().unwrap().outage {
            Outage::Answers(at, answer) if at == command => Some(answer),
            _ => None,
        };
        let breaks = is(state, |outage| {
            outage
                == Outage::BreaksAt(match command {
                    "MAIL" => "MAIL",
                    "DATA" => "DATA",
                    "." => ".",
                    _ => "nothing",
                })
        });
        is(state, |_| odd.is_some());
        if command == "." && odd.is_none() {
            state.lock().unwrap().taken.push(mail.clone());
        }
        if breaks {
            return Ok(());
        }
        let answer = match (odd, command) {
            (Some(odd), _) => odd,
            (None, "EHLO") => "250-mail.example\r\n250 AUTH PLAIN LOGIN",
            (None, "AUTH") => "235 welcome",
            (None, "RCPT") if mail.to.starts_with("gone") => "550 nobody of that name",
            (None, "DATA") => "354 go on",
            (None, "QUIT") => "221 bye",
            (None, _) => "250 ok",
        };
        is_text = answer.starts_with("354");
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}
