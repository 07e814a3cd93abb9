//! The state that goes to TikTok's consent page and comes back: `expiry.nonce.signature`.

use domain::{Private, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use sha2::Sha256;

/// How long the seller may take on TikTok's page.
const VALID_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Separates these signatures from others that are made with the same secret.
const PURPOSE: &[u8] = b"punctual shop authorisation state\n";

/// Signs and verifies states.
pub struct StateSigner {
    secret: Private<String>,
}

impl StateSigner {
    /// Signs with `secret`.
    pub fn new(secret: Private<String>) -> Self {
        Self { secret }
    }

    /// A state that is valid for ten minutes from `now`.
    pub fn sign(&self, now: Timestamp) -> String {
        let expires_at = now.saturating_add(VALID_FOR).unwrap_or(Timestamp::MAX).as_second();
        let claim = format!("{expires_at}.{}", uuid::Uuid::new_v4().simple());
        let signature =
            self.mac(&claim).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
        format!("{claim}.{signature}")
    }

    /// True for a state that was signed here and has not expired at `now`.
    pub fn verify(&self, state: &str, now: Timestamp) -> bool {
        let Some((claim, signature)) = state.rsplit_once('.') else { return false };
        let Ok(signature) = hex::decode(signature) else { return false };
        let Some(mac) = self.mac(claim) else { return false };
        let genuine = mac.verify_slice(&signature).is_ok();
        let expires_at: Option<i64> = claim.split('.').next().and_then(|expiry| expiry.parse().ok());
        genuine && expires_at.is_some_and(|expiry| now.as_second() < expiry)
    }

    fn mac(&self, claim: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()).ok()?;
        mac.update(PURPOSE);
        mac.update(claim.as_bytes());
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::StateSigner;

    #[test]
    fn a_state_is_good_once_signed_and_for_ten_minutes() {
        let signer = StateSigner::new("secret".into());
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let after = |seconds: i64| Timestamp::from_second(1_790_000_000 + seconds).unwrap();
        let state = signer.sign(now);
        assert!(signer.verify(&state, after(599)));
        assert!(!signer.verify(&state, after(600)), "expired");
        assert!(!StateSigner::new("other".into()).verify(&state, now), "signed by somebody else");
        let later = state.replacen("1790000600", "1790009999", 1);
        assert_ne!(later, state);
        assert!(!signer.verify(&later, now), "the expiry is signed");
        for bad in ["", ".", "a.b.c", "1790000600", &state[1..]] {
            assert!(!signer.verify(bad, now), "{bad}");
        }
    }
}
