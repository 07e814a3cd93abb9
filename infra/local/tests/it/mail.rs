//! The program and a mail server that wants a full name in the greeting.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::support::{finish, punctual};

/// What a mail server was told, and its address.
struct MailServer {
    url: String,
    said: Arc<Mutex<String>>,
}

impl MailServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let said: Arc<Mutex<String>> = Arc::default();
        let log = Arc::clone(&said);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whatever ends a conversation, the next one begins anew.
                let _ = converse(&stream, &log);
            }
        });
        Self { url, said }
    }
}

fn converse(mut stream: &TcpStream, log: &Mutex<String>) -> std::io::Result<()> {
    stream.write_all(b"220 mail.example\r\n")?;
    let mut is_message = false;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        *log.lock().unwrap() += &format!("{line}\n");
        if is_message && line != "." {
            continue;
        }
        let full = |name: &str| name.contains('.') && !name.starts_with('[');
        let answer = match line.split_once(' ').unwrap_or((&line, "")) {
            ("EHLO" | "HELO", name) if !full(name) => "421 4.7.0 a full name, please",
            ("DATA", _) => "354 go on",
            ("QUIT", _) => "221 bye",
            _ => "250 ok",
        };
        is_message = answer.starts_with("354");
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}

fn with_mail<'a>(command: &'a mut Command, url: &str) -> &'a mut Command {
    command.env("PUNCTUAL_SMTP_URL", url).env("PUNCTUAL_SMTP_FROM", "alerts@shop.example")
}

#[test]
fn a_test_mail_arrives_without_any_setting_of_the_greeting() {
    let (data, server) = (tempfile::tempdir().unwrap(), MailServer::start());
    let mut command = punctual(data.path());
    let output = finish(with_mail(&mut command, &server.url).args(["test-mail", "ann@example.com"]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = server.said.lock().unwrap().clone();
    assert!(said.contains("RCPT TO:<ann@example.com>\nDATA\n"), "{said}");
}

#[test]
fn a_greeting_that_the_server_refuses_stops_the_start_with_one_line() {
    let (data, server) = (tempfile::tempdir().unwrap(), MailServer::start());
    let mut command = punctual(data.path());
    let command = with_mail(&mut command, &server.url).env("PUNCTUAL_SMTP_HELO", "box");
    let output = finish(command.args(["--once", "--orders", "1"]));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let expect = "punctual: PUNCTUAL_SMTP_URL: the mail server refuses the greeting \"EHLO box\" (421); set \
                  PUNCTUAL_SMTP_HELO to a name that it accepts";
    assert_eq!(stderr.lines().last(), Some(expect), "{stderr}");
}

#[test]
fn orders_are_shipped_while_the_mail_server_is_not_there() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let data = tempfile::tempdir().unwrap();
    let mut command = punctual(data.path());
    let output = finish(with_mail(&mut command, &url).args(["--once", "--orders", "2"]));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("the mail server of PUNCTUAL_SMTP_URL cannot be reached"), "{stderr}");
}
