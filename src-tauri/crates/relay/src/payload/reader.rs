//! Reads bytes from the front, strictly.

use super::BadPayload;

#[derive(Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], BadPayload> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(BadPayload)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], BadPayload> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(BadPayload)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, BadPayload> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, BadPayload> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, BadPayload> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, BadPayload> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A list with its length in front.
    pub(super) fn list<T>(
        &mut self,
        max: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, BadPayload>,
    ) -> Result<Vec<T>, BadPayload> {
        let count = usize::from(self.u8()?);
        if count > max {
            return Err(BadPayload);
        }
        (0..count).map(|_| item(self)).collect()
    }
}
