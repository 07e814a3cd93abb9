//! Client of the TikTok Shop API.
