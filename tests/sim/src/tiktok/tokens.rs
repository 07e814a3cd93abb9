//! Authorization codes, access tokens and refresh tokens.

use std::collections::HashMap;

use super::reply::ApiError;
use super::{OldAccessToken, TikTokConfig};
use crate::ids::hex32;

/// "valid 30 minutes, single use"
const CODE_LIFE_SECONDS: i64 = 30 * 60;

/// What a token allows.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) shops: Vec<String>,
    pub(crate) open_id: String,
}

/// A pair of tokens as handed to an app.
#[derive(Debug, Clone)]
pub struct TokenPair {
    pub access_token: String,
    /// Its expiry, in Unix seconds.
    pub access_token_expires_at: i64,
    pub refresh_token: String,
    /// Its expiry, in Unix seconds.
    pub refresh_token_expires_at: i64,
    pub(crate) open_id: String,
}

#[derive(Debug)]
struct Held {
    grant: Grant,
    expires_at: i64,
    /// The access token that was handed out together with a refresh token.
    partner: Option<String>,
}

/// All codes and tokens that were handed out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    codes: HashMap<String, Held>,
    access: HashMap<String, Held>,
    refresh: HashMap<String, Held>,
    pub(crate) refreshes: u64,
}

impl Tokens {
    pub(crate) fn code_for(&mut self, shops: Vec<String>, now: i64) -> String {
        let code = format!("TTP_{}", hex32());
        let grant = Grant { shops, open_id: format!("7010{}", &hex32()[..12]) };
        self.codes.insert(code.clone(), Held { grant, expires_at: now + CODE_LIFE_SECONDS, partner: None });
        code
    }

    pub(crate) fn exchange(
        &mut self,
        code: &str,
        config: &TikTokConfig,
        now: i64,
    ) -> Result<TokenPair, ApiError> {
        let held = self
            .codes
            .remove(code)
            .filter(|held| held.expires_at > now)
            .ok_or_else(|| ApiError::business(36_004_005, "can not find related auth record"))?;
        Ok(self.issue(held.grant, config, now))
    }

    pub(crate) fn refresh(
        &mut self,
        token: &str,
        config: &TikTokConfig,
        now: i64,
    ) -> Result<TokenPair, ApiError> {
        let held = self
            .refresh
            .remove(token)
            .filter(|held| held.expires_at > now)
            .ok_or_else(|| ApiError::business(36_004_001, "rt has expired"))?;
        if let (OldAccessToken::Invalidated, Some(old)) = (config.old_access_token, &held.partner) {
            self.access.remove(old);
        }
        self.refreshes += 1;
        Ok(self.issue(held.grant, config, now))
    }

    pub(crate) fn issue(&mut self, grant: Grant, config: &TikTokConfig, now: i64) -> TokenPair {
        let life = |life: std::time::Duration| i64::try_from(life.as_secs()).unwrap_or(i64::MAX / 2);
        let pair = TokenPair {
            access_token: format!("TTP_{}", hex32()),
            access_token_expires_at: now + life(config.access_token_life),
            refresh_token: format!("TTP_{}", hex32()),
            refresh_token_expires_at: now + life(config.refresh_token_life),
            open_id: grant.open_id.clone(),
        };
        let access = Held { grant: grant.clone(), expires_at: pair.access_token_expires_at, partner: None };
        self.access.insert(pair.access_token.clone(), access);
        let partner = Some(pair.access_token.clone());
        let refresh = Held { grant, expires_at: pair.refresh_token_expires_at, partner };
        self.refresh.insert(pair.refresh_token.clone(), refresh);
        pair
    }

    /// What an access token allows now.
    pub(crate) fn check(&self, token: &str, now: i64) -> Result<Grant, ApiError> {
        match self.access.get(token) {
            None => Err(ApiError::unauthorized(105_004, "The access token is not authorized.")),
            Some(held) if held.expires_at <= now => {
                Err(ApiError::unauthorized(105_002, "access token is expired, please refresh it"))
            }
            Some(held) => Ok(held.grant.clone()),
        }
    }

    /// Every access token expires now.
    pub(crate) fn expire_access(&mut self, now: i64) {
        self.access.values_mut().for_each(|held| held.expires_at = now);
    }

    /// Nobody is authorized any more.
    pub(crate) fn revoke_all(&mut self) {
        self.codes.clear();
        self.access.clear();
        self.refresh.clear();
    }
}
