//! What lets somebody connect shops: tickets, which the operator hands out, and states, which go to TikTok and come back.
//!
//! Both are `expiry.nonce.signature`. A state carries the nonce of the ticket that it was issued for, and is signed together
//! with the token in the browser's cookie: in another browser its signature is wrong.

use domain::{Private, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use sha2::Sha256;

/// How long a seller may take to open a link.
pub const TICKET_VALID_FOR: SignedDuration = SignedDuration::from_mins(30);
/// How long the seller may take on TikTok's page.
pub const STATE_VALID_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Keep these signatures apart from each other and from others that are made with the same secret.
const TICKET: &str = "punctual connect ticket\n";
const STATE: &str = "punctual shop authorization state\n";

/// Signs and verifies tickets and states.
#[derive(Clone, Debug)]
pub struct Signer {
    secret: Private<String>,
}

impl Signer {
    pub fn new(secret: Private<String>) -> Self {
        Self { secret }
    }

    pub fn secret(&self) -> &Private<String> {
        &self.secret
    }

    /// A new ticket, and when it expires.
    pub fn ticket(&self, now: Timestamp) -> (String, Timestamp) {
        let expires_at = end(now, TICKET_VALID_FOR);
        (self.sign(TICKET, expires_at, &nonce(), ""), expires_at)
    }

    /// The nonce of a ticket that was signed here and has not expired at `now`.
    pub fn read_ticket<'a>(&self, ticket: &'a str, now: Timestamp) -> Option<&'a str> {
        self.verify(TICKET, ticket, "", now)
    }

    /// A state for the ticket with this nonce and the browser with this token.
    pub fn state(&self, ticket: &str, browser: &str, now: Timestamp) -> String {
        self.sign(STATE, end(now, STATE_VALID_FOR), ticket, browser)
    }

    /// The nonce of the ticket, for a state that was signed here for this browser and has not expired at `now`.
    pub fn read_state<'a>(&self, state: &'a str, browser: &str, now: Timestamp) -> Option<&'a str> {
        self.verify(STATE, state, browser, now)
    }

    fn sign(&self, purpose: &str, expires_at: Timestamp, nonce: &str, browser: &str) -> String {
        let claim = format!("{}.{nonce}", expires_at.as_second());
        let mac = self.mac(purpose, &claim, browser);
        let signature = mac.map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
        format!("{claim}.{signature}")
    }

    fn verify<'a>(&self, purpose: &str, text: &'a str, browser: &str, now: Timestamp) -> Option<&'a str> {
        let (claim, signature) = text.rsplit_once('.')?;
        let signature = hex::decode(signature).ok()?;
        self.mac(purpose, claim, browser)?.verify_slice(&signature).ok()?;
        let (expires_at, nonce) = claim.split_once('.')?;
        let expires_at: i64 = expires_at.parse().ok()?;
        (now.as_second() < expires_at).then_some(nonce)
    }

    fn mac(&self, purpose: &str, claim: &str, browser: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()).ok()?;
        // No claim holds a line break.
        for part in [purpose, claim, "\n", browser] {
            mac.update(part.as_bytes());
        }
        Some(mac)
    }
}

/// A value that nobody can guess: 122 random bits as hexadecimal digits.
pub fn nonce() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn end(now: Timestamp, valid_for: SignedDuration) -> Timestamp {
    now.saturating_add(valid_for).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::Signer;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_ticket_is_good_for_thirty_minutes_where_it_was_signed() {
        let signer = Signer::new("secret".into());
        let (ticket, expires_at) = signer.ticket(after(0));
        assert_eq!(expires_at, after(1800));
        let nonce = signer.read_ticket(&ticket, after(1799)).unwrap();
        assert_eq!(nonce.len(), 32);
        assert_ne!(signer.ticket(after(0)).0, ticket);
        assert!(signer.read_ticket(&ticket, after(1800)).is_none(), "expired");
        assert!(Signer::new("other".into()).read_ticket(&ticket, after(0)).is_none(), "signed elsewhere");
        let later = ticket.replacen("1790001800", "1790009999", 1);
        assert_ne!(later, ticket);
        assert!(signer.read_ticket(&later, after(0)).is_none(), "the expiry is signed");
        for bad in ["", ".", "..", "a.b.c", "1790001800", &ticket[1..], &format!("{ticket}00")] {
            assert!(signer.read_ticket(bad, after(0)).is_none(), "{bad}");
        }
        assert!(signer.read_state(&ticket, "", after(0)).is_none(), "a ticket is no state");
    }

    #[test]
    fn a_state_is_good_for_ten_minutes_in_the_browser_that_began() {
        let signer = Signer::new("secret".into());
        let state = signer.state("ticket", "browser", after(0));
        assert_eq!(signer.read_state(&state, "browser", after(599)), Some("ticket"));
        assert!(signer.read_state(&state, "browser", after(600)).is_none(), "expired");
        for other in ["", "other", "browser2", "browse"] {
            assert!(signer.read_state(&state, other, after(0)).is_none(), "{other:?}");
        }
        let stolen = state.replacen("ticket", "tocket", 1);
        assert!(signer.read_state(&stolen, "browser", after(0)).is_none(), "the ticket is signed");
        assert!(signer.read_ticket(&state, after(0)).is_none(), "a state is no ticket");
    }
}
