use super::*;
use crate::kernels::gemm::tests::{assert_close, numbers, pools};

/// For each output, the elements of the input that its window covers, in order.
fn windows(window: &Window) -> Vec<Vec<usize>> {
    let [height, width, length] = window.output;
    let mut all = Vec::new();
    for output in 0..window.batch * height * width * length {
        let place = [output / length / width % height, output / length % width, output % length];
        let image = output / (height * width * length);
        for channel in 0..window.channels {
            let mut covered = Vec::new();
            for tap in 0..window.pool.iter().product::<usize>() {
                let tap = [
                    tap / window.pool[2] / window.pool[1],
                    tap / window.pool[2] % window.pool[1],
                    tap % window.pool[2],
                ];
                let at = [0, 1, 2].map(|axis| {
                    (place[axis] * window.strides[axis] + tap[axis])
                        .checked_sub(window.pad_before[axis])
                        .filter(|&at| at < window.input[axis])
                });
                let [Some(first), Some(second), Some(third)] = at else { continue };
                let position = ((image * window.input[0] + first) * window.input[1] + second) * window.input[2] + third;
                covered.push(position * window.channels + channel);
            }
            all.push(covered);
        }
    }
    all
}

fn check<T: Real>(window: &Window) {
    let len = window.batch * window.input_image();
    // Few different values, so that there are ties.
    let coarse: Vec<T> = numbers::<T>(len, 1).iter().map(|&x| (x * T::of(3.0)).round()).collect();
    let x = numbers::<T>(len, 2);
    let covered = windows(window);
    let dy = numbers::<T>(covered.len(), 3);
    let (mut largest, mut mean) = (Vec::new(), Vec::new());
    let mut to_largest: Vec<f64> = x.iter().map(|x| x.wide()).collect();
    let mut to_all = to_largest.clone();
    for (window, dy) in covered.iter().zip(&dy) {
        let best = window.iter().copied().reduce(|best, next| if coarse[next] > coarse[best] { next } else { best });
        largest.push(best.map_or(f64::NEG_INFINITY, |best| coarse[best].wide()));
        to_largest[best.expect("no window is empty")] += dy.wide();
        mean.push(window.iter().map(|&place| x[place].wide()).sum::<f64>() / window.len() as f64);
        window.iter().for_each(|&place| to_all[place] += dy.wide() / window.len() as f64);
    }
    for threads in pools() {
        let what = format!("{window:?} {} {:?} {}", T::NAME, threads.level(), threads.count());
        let (mut y, mut places) = (vec![T::nan(); dy.len()], vec![7; dy.len()]);
        max_forward(&threads, window, &coarse, &mut y, Some(&mut places));
        assert_close(&y, &largest, 1, &what);
        let mut dx = x.clone();
        max_backward(&threads, window, &places, &dy, &mut dx, Write::Add);
        assert_close(&dx, &to_largest, 10, &what);
        average_forward(&threads, window, &x, &mut y);
        assert_close(&y, &mean, 10, &what);
        let mut dx = x.clone();
        average_backward(&threads, window, &dy, &mut dx, Write::Add);
        assert_close(&dx, &to_all, 10, &what);
        let (mut alone, mut more) = (vec![T::nan(); len], vec![T::zero(); len]);
        average_backward(&threads, window, &dy, &mut alone, Write::Overwrite);
        average_backward(&threads, window, &dy, &mut more, Write::Add);
        assert!(alone == more, "{what}");
    }
}

const PLANE: Window = Window {
    batch: 3,
    input: [1, 7, 8],
    channels: 5,
    pool: [1, 2, 2],
    strides: [1, 2, 2],
    pad_before: [0, 0, 0],
    output: [1, 3, 4],
};

#[test]
fn pooling_of_many_shapes() {
    for window in [
        PLANE,
        Window { channels: 33, ..PLANE },
        Window { pool: [1, 3, 3], pad_before: [0, 1, 1], output: [1, 4, 4], ..PLANE },
        Window { pool: [1, 3, 2], strides: [1, 1, 1], pad_before: [0, 1, 0], output: [1, 7, 8], ..PLANE },
        Window { batch: 2, input: [1, 1, 19], pool: [1, 1, 4], strides: [1, 1, 3], output: [1, 1, 6], ..PLANE },
        Window { input: [4, 5, 6], pool: [2, 2, 3], strides: [2, 1, 3], output: [2, 4, 2], ..PLANE },
        Window { batch: 0, ..PLANE },
        Window { batch: 9, input: [1, 40, 41], channels: 16, output: [1, 20, 20], ..PLANE },
    ] {
        check::<f32>(&window);
        check::<f64>(&window);
    }
}

#[test]
fn nan_wins_and_the_first_of_equals_counts() {
    let window = Window {
        batch: 1,
        input: [1, 1, 6],
        channels: 1,
        pool: [1, 1, 3],
        strides: [1, 1, 3],
        pad_before: [0, 0, 0],
        output: [1, 1, 2],
    };
    for threads in pools() {
        let (mut y, mut places) = ([0.0_f32; 2], [0; 2]);
        max_forward(&threads, &window, &[1.0, f32::NAN, 2.0, -1.0, 4.0, 4.0], &mut y, Some(&mut places));
        assert!(y[0].is_nan() && y[1] == 4.0);
        assert_eq!(places, [1, 4]);
        max_forward(&threads, &window, &[f32::NEG_INFINITY; 6], &mut y, Some(&mut places));
        assert_eq!((y, places), ([f32::NEG_INFINITY; 2], [0, 3]));
    }
}
