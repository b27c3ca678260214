"""What is measured on a take: seam, flicker, grain, drift, clipping, sharpness; and which numbers are findings.

Arrays in, numbers and findings out. It must not know files, requests or how a fill is made.
"""
