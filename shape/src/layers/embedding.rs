use super::check;
use crate::layer::{layer, ok};
use crate::{Facts, In, Initializer, Kind, MAX_RANK, Masking, Msg, Outs, Rule, Weights};

layer! {
    /// Looks up a learned vector for each id: `y[.., :] = embeddings[x[..], :]`.
    ///
    /// Input: ids of any shape; axes may be dynamic. Output: the same with an axis of `output_dim` at the end. Weights:
    /// embeddings `[input_dim, output_dim]` (uniform in ±0.05). Training and inference do the same. Errors: numbers that are no
    /// ids, a size of 0; an id of `input_dim` or more is an `Err` that names its row.
    Embedding {
        /// The number of ids: they are in 0..input_dim.
        input_dim: usize,
        /// The length of each vector.
        output_dim: usize,
        /// How the vectors start.
        embeddings_initializer: Initializer = Initializer::RandomUniform(-0.05, 0.05),
        /// Whether id 0 is padding: a mask hides it from the layers that read masks. By default it is not, and `fit` says so
        /// where a data set is padded; `false` says that this is meant.
        mask_zero: Option<bool> = None,
    }
}

impl Embedding {
    /// Ids of any shape; one axis of `output_dim` is added.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        ok!(check::one("Embedding", x));
        ok!(check::positive("Embedding", "input_dim", self.input_dim));
        ok!(check::positive("Embedding", "output_dim", self.output_dim));
        let input = &x[0];
        if !matches!(input.kind, Kind::Int) {
            return Err(Msg::new("Embedding takes whole-number ids, but ")
                .name(input)
                .text(" holds numbers")
                .hint("feed it an input of ids of its own, such as `ids: Input<100, u32>`"));
        }
        if input.shape.rank() == MAX_RANK {
            return Err(Msg::new("Embedding adds an axis, but ").input(input).text(", the most axes there can be").hint(
                "fold two of its axes first with Reshape(..)",
            ));
        }
        Ok(Outs::one(input.shape.push(self.output_dim)))
    }

    /// embeddings `[input_dim, output_dim]`.
    pub const fn weights(&self, _: &[In]) -> Weights {
        Weights::NONE.with("embeddings", &[self.input_dim, self.output_dim], self.embeddings_initializer)
    }

    /// Copies only.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Reads the ids.
    pub const fn facts(&self) -> Facts {
        let id_limit = Some(self.input_dim);
        let facts = Facts { id_limit, unmasked: self.mask_zero.is_none(), ..Facts::PLAIN.weighted() };
        if let Some(true) = self.mask_zero { facts.masking(Masking::MakesOfIds) } else { facts }
    }
}
