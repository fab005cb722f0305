"""Crops and token ids of Gemma 3's pan and scan, by transformers.

    python tools/reference/pan_and_scan.py > src/text/goldens/pan-and-scan.json
"""
import json
import os
import random
import sys

import numpy as np
import transformers
from PIL import Image
from transformers import AutoTokenizer
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.gemma3.processing_gemma3 import Gemma3Processor

nano = os.path.join(os.path.dirname(__file__), "../../models/nano")
settings = {"pan_and_scan_min_crop_size": 256, "pan_and_scan_max_num_crops": 4, "pan_and_scan_min_ratio_to_activate": 1.2}
processor = Gemma3ImageProcessorPil(size={"height": 32, "width": 32}, image_mean=[0.5] * 3, image_std=[0.5] * 3)


def boxes(width, height, settings):
    """The crops' boxes, read off an image whose pixels are their own coordinates."""
    x, y = np.meshgrid(np.arange(width, dtype=np.int32), np.arange(height, dtype=np.int32))
    crops = processor.pan_and_scan(np.stack([x, y]), **settings)
    return [[int(c[0, 0, 0]), int(c[1, 0, 0]), int(c[0, -1, -1]) + 1, int(c[1, -1, -1]) + 1] for c in crops]


rng = random.Random(1)
sizes = [(1000, 1000), (1200, 1000), (1199, 1000), (1000, 1200), (640, 256), (640, 255), (256, 700), (511, 300), (512, 300), (2500, 1000), (3500, 1000), (9000, 500), (1000, 2501)]
sizes += [(rng.randint(100, 2600), rng.randint(100, 2600)) for _ in range(60)]
others = {"pan_and_scan_min_crop_size": 32, "pan_and_scan_max_num_crops": 3, "pan_and_scan_min_ratio_to_activate": 1.5}
crops = [{"size": size, "boxes": boxes(*size, settings), "small": boxes(*size, others)} for size in sizes]

# Pixels: a 90 x 40 gradient, whole and cropped.
image = np.zeros((40, 90, 3), dtype=np.uint8)
image[..., 0] = np.arange(90)[None, :] * 2
image[..., 1] = np.arange(40)[:, None] * 6
image[..., 2] = (np.arange(90)[None, :] * np.arange(40)[:, None]) % 256
tiny = {**others, "pan_and_scan_min_crop_size": 16}
pixels = processor(Image.fromarray(image), do_pan_and_scan=True, return_tensors="np", **tiny)
bytes_of = np.rint((np.asarray(pixels["pixel_values"]) * 0.5 + 0.5) * 255).astype(int)

tokenizer = AutoTokenizer.from_pretrained(nano)
tokenizer.boi_token, tokenizer.eoi_token, tokenizer.image_token = "<start_of_image>", "<end_of_image>", "<image_soft_token>"
tokenizer.boi_token_id = tokenizer.convert_tokens_to_ids(tokenizer.boi_token)
tokenizer.image_token_id = tokenizer.convert_tokens_to_ids(tokenizer.image_token)
both = Gemma3Processor(processor, tokenizer, image_seq_length=4)
text = "<bos><start_of_turn>user\n<start_of_image><start_of_image>Is there pneumonia?<end_of_turn>\n<start_of_turn>model\n"
wide, square = Image.new("RGB", (900, 400)), Image.new("RGB", (400, 400))
# add_special_tokens: the template has written <bos>.
out = both(images=[[wide, square]], text=[text], images_kwargs={"do_pan_and_scan": True, **settings}, add_special_tokens=False)
json.dump(
    {
        "by": f"transformers {transformers.__version__}",
        "crops": crops,
        "pixels": {"width": 90, "height": 40, "settings": tiny, "numCrops": int(pixels["num_crops"][0]), "images": bytes_of.transpose(0, 2, 3, 1).reshape(len(bytes_of), -1).tolist()},
        "ids": out["input_ids"][0],
    },
    sys.stdout,
    separators=(",", ":"),
)
