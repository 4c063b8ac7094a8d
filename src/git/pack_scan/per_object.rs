//! A value for each object of packs.

use std::ops::{Index, IndexMut};

use crate::git::pack::packs::Packs;

/// Values by the position of the object.
#[derive(Debug)]
pub(super) struct PerObject<T>(Vec<T>);

impl<T> PerObject<T> {
    /// Creates the value of every object.
    pub(super) fn new(packs: &Packs, value: impl Fn() -> T) -> Self {
        Self((0..packs.count()).map(|_| value()).collect())
    }

    /// Converts every value.
    pub(super) fn map<U>(self, convert: impl Fn(T) -> U) -> PerObject<U> {
        PerObject(self.0.into_iter().map(convert).collect())
    }

    /// Returns the values in the order of their positions.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

#[expect(clippy::indexing_slicing, reason = "positions come from the packs that the values were made for")]
impl<T> Index<u32> for PerObject<T> {
    type Output = T;

    fn index(&self, position: u32) -> &T {
        &self.0[position as usize]
    }
}

#[expect(clippy::indexing_slicing, reason = "positions come from the packs that the values were made for")]
impl<T> IndexMut<u32> for PerObject<T> {
    fn index_mut(&mut self, position: u32) -> &mut T {
        &mut self.0[position as usize]
    }
}
